-- One row for each policy that was evaluated, best first: both headline metrics of the paper's Table 1, with intervals.
-- Key: policy.
-- Percent. Macro accuracy rewards whoever ends short sessions, so non_final_pct (all steps but the last) and the constant
-- policies stand beside it. The ceiling is what the simulated shoppers' own policy would score; a real log has none.
-- seed_low_pct to seed_high_pct: the range over n_seeds trainings that differ by the seed alone. js_bits: how far the mix of
-- actions is from people's (0 = the same).
with illegal as (
    select policy, share_of_cases from evaluation.errors where error = 'illegal'
),
likeness as (
    select policy, js_bits from evaluation.divergence where given = 'nothing'
)
select
    row_number() over (order by macro_accuracy desc, policy) as place,
    policy,
    kind,
    round(100 * macro_accuracy, 2) as macro_accuracy_pct,
    round(100 * accuracy.low, 2) as low_pct,
    round(100 * accuracy.high, 2) as high_pct,
    round(100 * micro_accuracy, 2) as micro_accuracy_pct,
    round(100 * non_final_accuracy, 2) as non_final_pct,
    round(100 * coalesce(illegal.share_of_cases, 0), 2) as illegal_pct,
    round(100 * f1, 2) as session_f1_pct,
    round(100 * outcomes.low, 2) as f1_low_pct,
    round(100 * outcomes.high, 2) as f1_high_pct,
    n_cases,
    n_sessions,
    n_users,
    round(100 * coverage, 2) as coverage_pct,
    round(js_bits, 4) as js_bits,
    n_seeds,
    case when n_seeds > 1 then round(100 * seed_low, 2) end as seed_low_pct,
    case when n_seeds > 1 then round(100 * seed_high, 2) end as seed_high_pct
from evaluation.accuracy
left join evaluation.outcomes using (policy)
left join illegal using (policy)
left join likeness using (policy)
order by place
