-- One row for each policy and event (terminate or purchase): how good the chances are that it gives to the event.
-- Key: policy, event.
-- brier and log_loss_nats are means over all scored cases; chances are kept 1e-15 away from 0 and 1 in the log loss. A skill is 1 -
-- score / score of who always says base_rate, the event's share of these cases: 0 is as good as that, below 0 is worse.
-- average_precision and auroc are free of any threshold and over final steps only, where the event is the session's outcome: by
-- chance they are final_rate and 0.5. Cases of equal chance count as one threshold, as in scikit-learn.
with chance as (
    select policy, is_final, 'terminate' as event, p_terminate as p, is_terminate::int as y from evaluation.scored
    union all
    select policy, is_final, 'purchase', p_purchase, is_purchase::int from evaluation.scored
),
score as (
    select
        policy,
        event,
        avg(y) as base_rate,
        avg((p - y) ** 2) as brier,
        avg(-ln(greatest(if(y = 1, p, 1 - p), 1e-15))) as log_loss_nats,
        count(*) as n_cases
    from chance
    group by policy, event
),
threshold as (
    select policy, event, p, count(*) as n, sum(y) as n_so
    from chance
    where is_final
    group by policy, event, p
),
ordered as (
    select *, sum(n) over above as n_above, sum(n_so) over above as n_so_above
    from threshold
    window above as (partition by policy, event order by p desc)
),
final as (
    select
        policy,
        event,
        sum(n_so) / sum(n) as final_rate,
        sum(n_so * n_so_above / n_above) / nullif(sum(n_so), 0) as average_precision,
        1 - sum(n_so * (n_above - n_so_above - (n - n_so) / 2)) / nullif(sum(n_so) * sum(n - n_so), 0) as auroc,
        sum(n)::bigint as n_sessions
    from ordered
    group by policy, event
)
select
    policy,
    event,
    base_rate,
    brier,
    1 - brier / nullif(base_rate * (1 - base_rate), 0) as brier_skill,
    log_loss_nats,
    1 + log_loss_nats / nullif(base_rate * ln(base_rate) + (1 - base_rate) * ln(1 - base_rate), 0) as log_loss_skill,
    final_rate,
    average_precision,
    auroc,
    n_cases,
    n_sessions
from score
left join final using (policy, event)
order by policy, event
