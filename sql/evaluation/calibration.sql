-- One row for each policy, event (terminate or purchase) and bin: of the cases where it was given about that chance, how many came true?
-- Key: policy, event, bin.
-- Bins of equal mass, up to ten: cases in the order of the chance, to 1/32 of its log-odds, cut at each tenth; cases that are
-- given the same chance are in one bin, so many zeros leave fewer bins. predicted is the mean chance among the page's candidates
-- and observed the share that happened: equal in a calibrated policy. Over all scored cases; most of them are no last step.
with cell as (
    select
        policy,
        case when grouping(terminate_cell) = 0 then 'terminate' else 'purchase' end as event,
        coalesce(terminate_cell, purchase_cell) as cell,
        count(*) as n,
        sum(if(event = 'terminate', p_terminate, p_purchase)) as predicted,
        count(*) filter (where if(event = 'terminate', is_terminate, is_purchase)) as observed
    from (
        select
            *,
            floor(32 * ln(greatest(p_terminate, 1e-15) / greatest(1 - p_terminate, 1e-15))) as terminate_cell,
            floor(32 * ln(greatest(p_purchase, 1e-15) / greatest(1 - p_purchase, 1e-15))) as purchase_cell
        from evaluation.scored
    )
    group by grouping sets ((policy, terminate_cell), (policy, purchase_cell))
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
