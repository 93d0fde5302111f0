-- One row for each policy, event (terminate or purchase) and bin: how many came true of the cases that were given about that chance.
-- Key: policy, event, bin.
-- Bins of equal mass, up to ten: cases in the order of the chance, to 1/32 of its log-odds, cut at each tenth; cases that are
-- given the same chance are in one bin, so many zeros leave fewer bins. predicted is the mean chance among the page's candidates
-- and observed the share that happened: equal in a calibrated policy. Over all scored cases; most of them are no last step.
with person as (
    select
        session_id,
        step,
        action ->> '$.type' = 'terminate' as is_terminate,
        regexp_matches(coalesce(action ->> '$.name', ''), '(^|\.)buy_now$') as is_purchase
    from dataset.cases
),
placed as (
    select
        policy,
        p_terminate,
        p_purchase,
        is_terminate,
        is_purchase,
        floor(32 * ln(greatest(p_terminate, 1e-15) / greatest(1 - p_terminate, 1e-15))) as terminate_cell,
        floor(32 * ln(greatest(p_purchase, 1e-15) / greatest(1 - p_purchase, 1e-15))) as purchase_cell
    from evaluation.likelihoods
    join person using (session_id, step)
),
summed as (
    select
        policy,
        terminate_cell,
        purchase_cell,
        count(*) as n,
        sum(p_terminate) as p_terminate,
        sum(p_purchase) as p_purchase,
        count(*) filter (where is_terminate) as n_terminate,
        count(*) filter (where is_purchase) as n_purchase
    from placed
    group by grouping sets ((policy, terminate_cell), (policy, purchase_cell))
),
cell as (
    select policy, 'terminate' as event, terminate_cell as cell, n, p_terminate as predicted, n_terminate as observed
    from summed
    where terminate_cell is not null
    union all
    select policy, 'purchase', purchase_cell, n, p_purchase, n_purchase
    from summed
    where purchase_cell is not null
),
binned as (
    select *, 1 + 10 * (sum(n) over below - n) // sum(n) over (partition by policy, event) as bin
    from cell
    window below as (partition by policy, event order by cell)
)
select
    policy,
    event,
    bin::bigint as bin,
    sum(predicted) / sum(n) as predicted,
    sum(observed) / sum(n) as observed,
    sum(n)::bigint as n_cases
from binned
group by policy, event, bin
order by policy, event, bin
