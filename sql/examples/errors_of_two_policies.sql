-- What do the best two evaluated policies get wrong, side by side? (the paper's figure 3)
with best as (
    select policy, row_number() over (order by macro_accuracy desc, policy) as place
    from evaluation.accuracy
    where kind <> 'ceiling'
    qualify place <= 2
)
select
    error,
    round(100 * max(share_of_cases) filter (where place = 1), 1) as first_pct,
    round(100 * max(share_of_cases) filter (where place = 2), 1) as second_pct,
    any_value(policy) filter (where place = 1) as first_policy,
    any_value(policy) filter (where place = 2) as second_policy
from evaluation.errors
join best using (policy)
group by error
order by first_pct desc nulls last, error
