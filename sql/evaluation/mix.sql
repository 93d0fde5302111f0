-- One row for each policy, people among them as `human`, and category of action: what is done how often (the paper's figure 2).
-- Key: policy, category.
-- People's rows are of the cases of the policy that answered most. Cases begin with the second action, so the search that each
-- session begins with is left out: people's searches a session are per_session + 1. The interval is of a ratio over users
-- (G - 1 degrees of freedom), r = a user's count - share * the user's cases; it is made of whole numbers, in no order.
with most as (
    select policy from evaluation.user_scores group by policy order by sum(n_cases) desc, policy limit 1
),
told as (
    unpivot (
        select 'human' as policy, n_sessions, n_cases, columns('n_human_(.*)') as '\1'
        from evaluation.user_scores
        semi join most using (policy)
    )
    on columns(* exclude (policy, n_sessions, n_cases)) into name category value n
    union all
    unpivot (select policy, n_sessions, n_cases, columns('n_predicted_(.*)') as '\1' from evaluation.user_scores)
    on columns(* exclude (policy, n_sessions, n_cases)) into name category value n
),
total as (
    select
        policy,
        category,
        count(*) as n_users,
        sum(n_sessions) as n_sessions,
        sum(n) as n,
        sum(n_cases) as n_cases,
        sum(n) / sum(n_cases) as share,
        sum(n * n) - 2 * share * sum(n * n_cases) + share ^ 2 * sum(n_cases * n_cases) as rr
    from told
    group by policy, category
),
measured as (
    select total.*, t_975 * sqrt(greatest(0, rr) * n_users / (n_users - 1)) / n_cases as reach
    from total
    left join evaluation.student_t on df = least(n_users - 1, 10000)
)
select
    policy,
    category,
    n::bigint as n_cases,
    share,
    case when reach is not null then greatest(0, share - reach) end as low,
    case when reach is not null then least(1, share + reach) end as high,
    n / n_sessions as per_session
from measured
order by policy = 'human' desc, policy, category
