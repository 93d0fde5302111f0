-- How good is each policy where people search, click or leave?
select
    policy,
    sum(n_cases)::bigint as n_cases,
    any_value(round(100 * accuracy, 1)) filter (where human_type = 'type_and_submit') as search_pct,
    any_value(round(100 * accuracy, 1)) filter (where human_type = 'click') as click_pct,
    any_value(round(100 * accuracy, 1)) filter (where human_type = 'terminate') as terminate_pct
from evaluation.accuracy_by_human_type
group by policy
order by policy
