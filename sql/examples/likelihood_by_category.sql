-- How likely does each local model hold what people did, by kind of action, and how often is it among its first three?
-- Mean nats and not their exponent: the mean of probabilities would hide the actions that a model holds impossible.
select
    policy,
    human_category,
    count(*) as n_cases,
    round(avg(nats), 2) as nats_per_action,
    round(100 * count(rank) / count(*), 1) as ranked_pct,
    round(100 * count(*) filter (where rank <= 1) / count(*), 1) as hit_1_pct,
    round(100 * count(*) filter (where rank <= 3) / count(*), 1) as hit_3_pct,
    round(100 * avg(is_exact::int), 1) as exact_pct
from evaluation.verdicts
where nats is not null
group by policy, human_category
order by policy, n_cases desc, human_category
