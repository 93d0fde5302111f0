-- Do policies act like people? Shares of each kind of action over the same cases, and how far they are from people's.
-- (the paper's figure 2) js_bits is the Jensen-Shannon divergence in bits: 0 = the same mix, 1 = nothing in common. Two halves of
-- the people are human_js_bits apart: a policy that is no further is like people in its mix.
select
    policy,
    round(coalesce(js_bits, 0), 4) as js_bits,
    round(human_js_bits, 4) as human_js_bits,
    category,
    round(100 * share, 1) as share_pct,
    round(100 * low, 1) as low_pct,
    round(100 * high, 1) as high_pct
from evaluation.mix
left join (from evaluation.divergence where given = 'nothing') as divergence using (policy)
where n_cases > 0
order by js_bits, policy, share_pct desc, category
