-- Does training with rationales help, and can this test set tell?
-- Read p_holm: p_mcnemar_exact is the paper's test, which takes the cases of one person as independent.
-- mde_points: what a test set like this finds four times in five. A row is of one seed; evaluation.arms goes over seeds.
select
    policy,
    rival,
    round(delta_points, 2) as delta_points,
    printf('%.1f to %.1f', low_points, high_points) as interval_points,
    round(mde_points, 1) as mde_points,
    p_mcnemar_exact,
    p_holm,
    case when p_holm < 0.05 then 'distinguishable' else 'not distinguishable at this size' end as verdict
from evaluation.comparisons
where family = 'reasoning_v_action_only'
order by policy
