-- One row for each policy and kind of verdict: how often it happened, three ways.
-- Key: policy, error.
-- share_of_cases adds up to 1 over all seven kinds. share_of_errors is the paper's figure 3: its denominator leaves out
-- correct and illegal, for which it is null. weighted_share counts a case as 1 / cases of its session, so that the weighted
-- shares without correct add up to 1 - macro accuracy. Weights are added as decimals: sums of those have no order.
with kind as (
    select policy, error, sum(n_cases) as n_cases, sum(weight::decimal(38, 18))::double as weight
    from evaluation.case_counts
    group by all
),
total as (
    select
        policy,
        sum(n_cases) as n_cases,
        sum(weight order by error) as weight,
        sum(n_cases) filter (where error not in ('correct', 'illegal')) as n_errors
    from kind
    group by all
)
select
    policy,
    error,
    kind.n_cases::bigint as n_cases,
    kind.n_cases / total.n_cases as share_of_cases,
    case when error not in ('correct', 'illegal') then kind.n_cases / total.n_errors end as share_of_errors,
    kind.weight / total.weight as weighted_share
from kind
join total using (policy)
order by policy, kind.n_cases desc, error
