-- One row for each policy, step and type of the person's action: where a policy is right.
-- Key: policy, step, human_type.
-- Later steps hold longer sessions only, and the last step of most sessions is terminate: read accuracy within a human_type.
select
    policy,
    step,
    case human_category when 'search' then 'type_and_submit' when 'terminate' then 'terminate' else 'click' end as human_type,
    sum(n_cases)::bigint as n_cases,
    coalesce(sum(n_cases) filter (where error = 'correct'), 0)::bigint as n_exact,
    n_exact / sum(n_cases) as accuracy,
    sum(n_target) / sum(n_cases) as target_accuracy,
    sum(n_type) / sum(n_cases) as type_accuracy
from evaluation.case_counts
group by all
order by policy, step, human_type
