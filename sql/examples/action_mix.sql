-- Do policies act like people? Shares of each kind of action over the same cases, and how far they are from people's.
-- (the paper's figure 2) js_bits is the Jensen-Shannon divergence in bits: 0 = the same mix, 1 = nothing in common.
with acted as (
    select distinct 'human' as policy, session_id, step, human_action as action from evaluation.verdicts
    union all
    select policy, session_id, step, predicted_action from evaluation.verdicts
),
categorised as (
    select
        policy,
        case
            when action is null then 'illegal'
            when action ->> 'type' = 'terminate' then 'terminate'
            when action ->> 'type' = 'type_and_submit' then 'search'
            when regexp_matches(action ->> 'name', '(^|\.)buy_now$') then 'purchase'
            when regexp_matches(action ->> 'name', '(^|\.)view_product$') then 'product'
            when starts_with(action ->> 'name', 'refinements.') then 'filter'
            when starts_with(action ->> 'name', 'pagination.') then 'page'
            else 'other'
        end as category
    from acted
),
counted as (
    select policy, category, count(*) as n from categorised group by all
),
mix as (
    select policy, category, n / sum(n) over (partition by policy) as share from counted
),
filled as (
    select policy, category, coalesce(mix.share, 0) as p, coalesce(human.share, 0) as q
    from (select distinct policy from mix)
    cross join (select distinct category from mix)
    left join mix using (policy, category)
    left join (from mix where policy = 'human') as human using (category)
),
divergence as (
    select
        policy,
        sum(
            case when p > 0 then p * log2(2 * p / (p + q)) else 0 end + case when q > 0 then q * log2(2 * q / (p + q)) else 0 end
        ) / 2 as js_bits
    from filled
    group by policy
)
select
    policy,
    round(js_bits, 4) as js_bits,
    category,
    round(100 * share, 1) as share_pct
from mix
join divergence using (policy)
order by js_bits, policy, share desc, category
