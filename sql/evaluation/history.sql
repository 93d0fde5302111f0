-- One row for each policy that a server answers and each round in which it was asked: servers drift, and this is how.
-- Key: policy, round.
-- Accuracies are over the cases that were answered in the round; a later change of the test set does not change earlier rounds.
-- cost_usd is null where the price of an answer is not known. n_models > 1: several models answered under one id.
select
    policy,
    round,
    sum(weight * is_exact::int) / sum(weight) as macro_accuracy,
    avg(is_exact::int) as micro_accuracy,
    count(*) as n_cases,
    count(distinct session_id) as n_sessions,
    avg((error = 'illegal')::int) as illegal_share,
    case when bool_and(cost_usd is not null) then sum(cost_usd) end as cost_usd,
    max(model) as model,
    count(distinct model) as n_models
from evaluation.rounds
group by policy, round
order by policy, round
