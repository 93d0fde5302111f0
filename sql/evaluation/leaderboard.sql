-- One row for each policy that was evaluated, best first: both headline metrics of the paper's Table 1, with intervals.
-- Key: policy.
-- Percent. Macro accuracy rewards whoever ends short sessions, so non_final_pct (all steps but the last) and the constant
-- policies stand beside it. The ceiling is what the simulated shoppers' own policy would score; a real log has none.
with step as (
    select policy, avg(is_exact::int) filter (where not is_final) as non_final, avg((error = 'illegal')::int) as illegal
    from evaluation.verdicts
    group by all
)
select
    row_number() over (order by macro_accuracy desc, policy) as place,
    policy,
    kind,
    round(100 * macro_accuracy, 2) as macro_accuracy_pct,
    round(100 * accuracy.low, 2) as low_pct,
    round(100 * accuracy.high, 2) as high_pct,
    round(100 * micro_accuracy, 2) as micro_accuracy_pct,
    round(100 * non_final, 2) as non_final_pct,
    round(100 * illegal, 2) as illegal_pct,
    round(100 * f1, 2) as session_f1_pct,
    round(100 * outcomes.low, 2) as f1_low_pct,
    round(100 * outcomes.high, 2) as f1_high_pct,
    n_cases,
    n_sessions,
    n_users,
    round(100 * coverage, 2) as coverage_pct
from evaluation.accuracy
left join evaluation.outcomes using (policy)
left join step using (policy)
order by place
