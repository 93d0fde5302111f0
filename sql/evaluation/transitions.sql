-- One row for each policy, category of the person's action before, and category: what follows what, predicted and done.
-- Key: policy, previous_category, category.
-- First order: only the last action counts, and it is the person's own, since a policy sees the true history. Before the first
-- case stands the search that each session begins with. Categories can be right on the whole and wrong after each action.
with counted as (
    select policy, previous_category, predicted_category as category, n_cases as n_predicted, 0 as n_human
    from evaluation.case_counts
    union all
    select policy, previous_category, human_category, 0, n_cases
    from evaluation.case_counts
)
select
    policy,
    previous_category,
    category,
    sum(n_predicted)::bigint as n_predicted,
    sum(n_human)::bigint as n_human,
    sum(n_predicted) / sum(sum(n_predicted)) over previous as share,
    sum(n_human) / sum(sum(n_human)) over previous as human_share
from counted
group by policy, previous_category, category
window previous as (partition by policy, previous_category)
order by policy, previous_category, category
