-- How good is each policy where people search, click or leave?
with by_type as (
    select policy, human_type, sum(n_cases) as n_cases, round(100 * sum(n_exact) / sum(n_cases), 1) as accuracy_pct
    from evaluation.by_step
    group by all
)
select
    policy,
    sum(n_cases)::bigint as n_cases,
    any_value(accuracy_pct) filter (where human_type = 'type_and_submit') as search_pct,
    any_value(accuracy_pct) filter (where human_type = 'click') as click_pct,
    any_value(accuracy_pct) filter (where human_type = 'terminate') as terminate_pct
from by_type
group by policy
order by policy
