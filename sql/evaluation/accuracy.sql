-- One row for each policy: exact-match accuracy with an interval clustered by user, most accurate first.
-- Key: policy.
-- Macro: the mean over sessions of the session's accuracy. Sessions of one user resemble each other, so users are the clusters:
-- se = sqrt(G / (G - 1) * sum of r^2) / sessions, r a user's summed residuals, and t of G - 1 degrees of freedom (above 10,000,
-- of 10,000: 1.9602 for 1.9600). Below about 30 users read it with care. Sums go by user_id: no last digit hangs on the rows'
-- order. Several seeds are several policies; n_seeds and their spread say what the interval, of cases alone, does not.
with total as (
    select
        policy,
        count(*) as n_users,
        sum(n_sessions) as n_sessions,
        sum(accuracy_sum order by user_id) / sum(n_sessions) as macro_accuracy,
        sum(n_cases) as n_cases,
        sum(n_exact) / sum(n_cases) as micro_accuracy,
        sum(n_type) / sum(n_cases) as type_accuracy,
        sum(n_target) / sum(n_cases) as target_accuracy,
        sum(n_folded) / sum(n_cases) as folded_accuracy,
        sum(n_non_final_exact) / nullif(sum(n_non_final), 0) as non_final_accuracy
    from evaluation.user_scores
    group by policy
),
residual as (
    select policy, user_id, scores.accuracy_sum - scores.n_sessions * total.macro_accuracy as r
    from evaluation.user_scores as scores
    join total using (policy)
),
spread as (
    select policy, sqrt(sum(r * r order by user_id) * count(*) / nullif(count(*) - 1, 0)) as se_sum
    from residual
    group by policy
),
measured as (
    select total.*, t_975 * se_sum / n_sessions as reach, kind, recipe
    from total
    join spread using (policy)
    left join evaluation.student_t on df = least(n_users - 1, 10000)
    left join evaluation.policies using (policy)
)
select
    policy,
    kind,
    macro_accuracy,
    micro_accuracy,
    n_cases::bigint as n_cases,
    n_sessions::bigint as n_sessions,
    n_users,
    case when reach is not null then greatest(0, macro_accuracy - reach) end as low,
    case when reach is not null then least(1, macro_accuracy + reach) end as high,
    n_cases / (select count(*) from dataset.cases) as coverage,
    non_final_accuracy,
    type_accuracy,
    target_accuracy,
    folded_accuracy,
    count(*) over seeds as n_seeds,
    min(macro_accuracy) over seeds as seed_low,
    max(macro_accuracy) over seeds as seed_high
from measured
window seeds as (partition by recipe, case when recipe is null then policy end)
order by macro_accuracy desc, policy
