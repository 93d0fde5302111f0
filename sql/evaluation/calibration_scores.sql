-- One row for each policy and event (terminate or purchase): how good the chances are that it gives to the event.
-- Key: policy, event.
-- brier and log_loss_nats are means over all scored cases; chances are kept 1e-15 away from 0 and 1 in the log loss. A skill is 1 -
-- score / score of who always says base_rate, the event's share of these cases: 0 is as good as that, below 0 is worse.
-- average_precision and auroc say without a threshold how well p_purchase tells the sessions that end with a purchase, at their
-- final steps: final_rate and 0.5 are chance, null for terminate. Equal chances are one threshold, as in scikit-learn.
-- Sums are taken in the order of cells: floating-point sums would else depend on the order of rows and on threads.
with score as (
    select
        policy,
        event,
        sum(n_cases)::bigint as n_cases,
        sum(n_so) / sum(n_cases) as base_rate,
        sum(squared_error_sum order by cell) / sum(n_cases) as brier,
        sum(log_loss_nats_sum order by cell) / sum(n_cases) as nats
    from evaluation.chance_cells
    group by policy, event
),
ranked as (
    select
        policy,
        sum(n_bought) as n_bought,
        sum(n_bought * (n_bought_above + n_bought) / (n_sessions_above + n_sessions) order by p_purchase) as precisions,
        sum(n_bought * (n_sessions_above - n_bought_above + (n_sessions - n_bought) / 2)) as n_put_below_who_left
    from evaluation.purchase_thresholds
    group by policy
),
outcome as (
    select
        policy,
        'purchase' as event,
        coalesce(n_bought, 0) / nullif(n_final, 0) as final_rate,
        precisions / n_bought as average_precision,
        1 - n_put_below_who_left / nullif(n_bought * (n_final - n_bought), 0) as auroc,
        nullif(n_final, 0) as n_sessions
    from evaluation.rank_sums
    left join ranked using (policy)
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
