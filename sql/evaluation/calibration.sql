-- One row for each policy, event (terminate or purchase) and bin: how many came true of the cases that were given about that chance.
-- Key: policy, event, bin.
-- Bins of equal mass, up to ten: cases in the order of the chance, to 1/32 of its log-odds, cut at each tenth; cases that are
-- given the same chance are in one bin, so many zeros leave fewer bins. predicted is the mean chance among the page's candidates
-- and observed the share that happened: equal in a calibrated policy. Over all scored cases; most of them are no last step.
-- Sums are taken in the order of cells: floating-point sums would else depend on the order of rows and on threads.
with binned as (
    select *, 1 + 10 * (sum(n_cases) over below - n_cases) // sum(n_cases) over (partition by policy, event) as bin
    from evaluation.chance_cells
    window below as (partition by policy, event order by cell)
)
select
    policy,
    event,
    bin::bigint as bin,
    sum(chance_sum order by cell) / sum(n_cases) as predicted,
    sum(n_so) / sum(n_cases) as observed,
    sum(n_cases)::bigint as n_cases
from binned
group by policy, event, bin
order by policy, event, bin
