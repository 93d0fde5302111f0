-- One row for each policy and pair of consecutive rounds: what its server answers otherwise now, case by case.
-- Key: policy, round.
-- Over the cases that both rounds answered. A server that samples changes some answers without any drift: share_changed says how
-- many; only_before and only_now are McNemar's two counts. delta_points is of macro accuracy, in percentage points.
with round as (
    select policy, round, lag(round) over (partition by policy order by round) as round_before
    from (select distinct policy, round from evaluation.rounds)
)
select
    now.policy,
    round.round_before,
    now.round,
    count(*) as n_cases,
    avg((now.predicted_action is distinct from before.predicted_action)::int) as share_changed,
    count(*) filter (where before.is_exact and not now.is_exact) as only_before,
    count(*) filter (where now.is_exact and not before.is_exact) as only_now,
    100 * sum(now.weight * (now.is_exact::int - before.is_exact::int)) / sum(now.weight) as delta_points
from round
join evaluation.rounds as now using (policy, round)
join evaluation.rounds as before
    on before.policy = round.policy and before.round = round.round_before
    and before.session_id = now.session_id and before.step = now.step
group by now.policy, round.round_before, now.round
order by now.policy, now.round
