-- One row for each policy and event (terminate or purchase): how good the chances are that it gives to the event.
-- Key: policy, event.
-- brier and log_loss_nats are means over all scored cases; chances are kept 1e-15 away from 0 and 1 in the log loss. A skill is 1 -
-- score / score of who always says base_rate, the event's share of these cases: 0 is as good as that, below 0 is worse.
-- average_precision and auroc say without a threshold how well p_purchase tells the sessions that end with a purchase, at their
-- final steps: final_rate and 0.5 are chance, null for terminate. Equal chances are one threshold, as in scikit-learn.
with person as (
    select
        session_id,
        step,
        is_final,
        action ->> '$.type' = 'terminate' as is_terminate,
        regexp_matches(coalesce(action ->> '$.name', ''), '(^|\.)buy_now$') as is_purchase
    from dataset.cases
),
summed as (
    select
        policy,
        count(*) as n_cases,
        avg(is_terminate::int) as terminate_rate,
        avg(is_purchase::int) as purchase_rate,
        avg((p_terminate - is_terminate::int) ** 2) as terminate_brier,
        avg((p_purchase - is_purchase::int) ** 2) as purchase_brier,
        -avg(ln(greatest(if(is_terminate, p_terminate, 1 - p_terminate), 1e-15))) as terminate_nats,
        -avg(ln(greatest(if(is_purchase, p_purchase, 1 - p_purchase), 1e-15))) as purchase_nats
    from evaluation.likelihoods
    join person using (session_id, step)
    group by policy
),
score as (
    select policy, 'terminate' as event, n_cases, terminate_rate as base_rate, terminate_brier as brier, terminate_nats as nats
    from summed
    union all
    select policy, 'purchase', n_cases, purchase_rate, purchase_brier, purchase_nats
    from summed
),
threshold as (
    select policy, p_purchase, count(*) as n, count(*) filter (where is_purchase) as n_so
    from evaluation.likelihoods
    join person using (session_id, step)
    where is_final
    group by policy, p_purchase
),
ordered as (
    select *, sum(n) over above as n_above, sum(n_so) over above as n_so_above
    from threshold
    window above as (partition by policy order by p_purchase desc)
),
outcome as (
    select
        policy,
        'purchase' as event,
        sum(n_so) / sum(n) as final_rate,
        sum(n_so * n_so_above / n_above) / nullif(sum(n_so), 0) as average_precision,
        1 - sum(n_so * (n_above - n_so_above - (n - n_so) / 2)) / nullif(sum(n_so) * sum(n - n_so), 0) as auroc,
        sum(n)::bigint as n_sessions
    from ordered
    group by policy
)
select
    policy,
    event,
    base_rate,
    brier,
    1 - brier / nullif(base_rate * (1 - base_rate), 0) as brier_skill,
    nats as log_loss_nats,
    1 + nats / if(base_rate in (0, 1), null, base_rate * ln(base_rate) + (1 - base_rate) * ln(1 - base_rate)) as log_loss_skill,
    final_rate,
    average_precision,
    auroc,
    n_cases,
    n_sessions
from score
left join outcome using (policy, event)
order by policy, event
