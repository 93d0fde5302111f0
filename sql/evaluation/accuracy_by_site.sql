-- One row for each policy and site: right in this shop or in that.
-- Key: policy, site.
-- The site is the host of the page that the person looked at, without www; `unknown` where the log gave no address.
select
    policy,
    site,
    sum(n_cases)::bigint as n_cases,
    coalesce(sum(n_cases) filter (where error = 'correct'), 0)::bigint as n_exact,
    n_exact / sum(n_cases) as accuracy,
    sum(n_target) / sum(n_cases) as target_accuracy,
    sum(n_type) / sum(n_cases) as type_accuracy
from evaluation.case_counts
group by all
order by policy, site
