-- One row for each policy and type of the person's action: right where people search, click or leave.
-- Key: policy, human_type.
-- A constant policy is perfect in one type and nowhere else: that is what a single accuracy hides.
select
    policy,
    case human_category when 'search' then 'type_and_submit' when 'terminate' then 'terminate' else 'click' end as human_type,
    sum(n_cases)::bigint as n_cases,
    coalesce(sum(n_cases) filter (where error = 'correct'), 0)::bigint as n_exact,
    n_exact / sum(n_cases) as accuracy,
    sum(n_target) / sum(n_cases) as target_accuracy,
    sum(n_type) / sum(n_cases) as type_accuracy
from evaluation.case_counts
group by all
order by policy, human_type
