-- One row for each policy, step and type of the person's action: where a policy is right.
-- Key: policy, step, human_type.
-- Later steps hold longer sessions only, and the last step of most sessions is terminate: read accuracy within a human_type.
select
    policy,
    step,
    human_action ->> 'type' as human_type,
    count(*) as n_cases,
    count(*) filter (where is_exact) as n_exact,
    avg(is_exact::int) as accuracy,
    avg(is_target::int) as target_accuracy,
    avg(is_type::int) as type_accuracy
from evaluation.verdicts
group by all
order by policy, step, human_type
