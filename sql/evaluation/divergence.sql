-- One row for each policy and kind of divergence: how far what it does is from what people do, on the same cases.
-- Key: policy, given.
-- Jensen-Shannon divergence in bits of the joint counts. Given the action before, or the step, both have the same first margin,
-- so that it is the mean of the divergences after each action or at each step, weighed by how often that is. Shares of all
-- cases (given nothing) can match in a useless policy. Two halves of the people differ too: human_js_bits is that floor.
with counted as (
    select policy, 'nothing' as given, '' as known, predicted_category, human_category, n_cases
    from evaluation.case_counts
    union all
    select policy, 'previous_category', previous_category, predicted_category, human_category, n_cases
    from evaluation.case_counts
    union all
    select policy, 'step', step::varchar, predicted_category, human_category, n_cases
    from evaluation.case_counts
),
cell as (
    select policy, given, known, category, sum(n_predicted) as n_predicted, sum(n_human) as n_human
    from (
        select policy, given, known, predicted_category as category, n_cases as n_predicted, 0 as n_human from counted
        union all
        select policy, given, known, human_category, 0, n_cases from counted
    )
    group by all
),
shared as (
    select
        policy,
        given,
        known,
        category,
        n_predicted / sum(n_predicted) over whole as p,
        n_human / sum(n_human) over whole as q
    from cell
    window whole as (partition by policy, given)
),
part as (
    select
        *,
        case when p > 0 then p * log2(2 * p / (p + q)) else 0 end + case when q > 0 then q * log2(2 * q / (p + q)) else 0 end as bits
    from shared
)
select
    policy,
    given,
    greatest(0, sum(bits order by known, category) / 2) as js_bits,
    any_value(human_floor.js_bits) as human_js_bits,
    any_value(human_floor.js_bits_p95) as human_js_bits_p95
from part
left join evaluation.human_floor using (given)
group by policy, given
order by policy, given
