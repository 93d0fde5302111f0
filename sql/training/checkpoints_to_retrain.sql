-- One row for each checkpoint whose weights have learned from sessions that were erased since.
-- Key: experiment.
-- A checkpoint that is trained again leaves this list, since its data have another hash. n_sessions counts erased sessions, from
-- the tables and work files that were there when they were erased: an experiment of another lake is not known.
select
    c.experiment,
    count(distinct m.user_key)::bigint as n_users,
    sum(m.n_sessions)::bigint as n_sessions,
    max(m.erased_at) as last_erased_at
from training.checkpoints c
join privacy.erasure_marks m
    on m.kind = 'checkpoint' and m.name = c.experiment and m.config_sha256 = c.config_sha256
group by c.experiment
order by c.experiment
