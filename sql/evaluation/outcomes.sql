-- One row for each policy: how it calls the ends of sessions, as a 2x2 and a 2x4 table, with the paper's F1.
-- Key: policy.
-- Positive is a purchase. Everything else that is predicted, an illegal answer too, is negative; the 2x4 table shows what a 2x2
-- hides. f1 = 2j / (1 + j) with j = tp / (tp + fp + fn), a share, so low and high are Wilson's interval of j, mapped: sessions
-- count as independent. The bootstrap draws whole users; read both. 1.959963984540054 is the normal's 97.5 % quantile.
with counted as (
    select
        policy,
        sum(n_bought_purchase) as n_bought_purchase,
        sum(n_bought_terminate) as n_bought_terminate,
        sum(n_bought_other) as n_bought_other,
        sum(n_bought_illegal) as n_bought_illegal,
        sum(n_left_purchase) as n_left_purchase,
        sum(n_left_terminate) as n_left_terminate,
        sum(n_left_other) as n_left_other,
        sum(n_left_illegal) as n_left_illegal
    from evaluation.user_scores
    group by policy
),
called as (
    select
        *,
        n_bought_purchase as tp,
        n_left_purchase as fp,
        n_bought_terminate + n_bought_other + n_bought_illegal as fn,
        n_left_terminate + n_left_other + n_left_illegal as tn,
        n_bought_other + n_bought_illegal + n_left_other + n_left_illegal as neither,
        nullif(tp + fp + fn, 0) as n,
        tp / n as j,
        1.959963984540054::double ^ 2 as z2
    from counted
),
wilson as (
    select
        *,
        (j + z2 / (2 * n)) / (1 + z2 / n) as centre,
        sqrt(z2 * (j * (1 - j) / n + z2 / (4 * n ^ 2))) / (1 + z2 / n) as reach,
        case when n > 0 then greatest(0, centre - reach) end as j_low,
        case when n > 0 then least(1, centre + reach) end as j_high
    from called
)
select
    policy,
    tp::bigint as tp,
    fp::bigint as fp,
    fn::bigint as fn,
    tn::bigint as tn,
    2 * tp / nullif(2 * tp + fp + fn, 0) as f1,
    2 * j_low / (1 + j_low) as low,
    2 * j_high / (1 + j_high) as high,
    neither / nullif(tp + fp + fn + tn, 0) as share_neither,
    bootstrap.low as bootstrap_low,
    bootstrap.high as bootstrap_high,
    n_bought_purchase::bigint as n_bought_purchase,
    n_bought_terminate::bigint as n_bought_terminate,
    n_bought_other::bigint as n_bought_other,
    n_bought_illegal::bigint as n_bought_illegal,
    n_left_purchase::bigint as n_left_purchase,
    n_left_terminate::bigint as n_left_terminate,
    n_left_other::bigint as n_left_other,
    n_left_illegal::bigint as n_left_illegal
from wilson
left join (from evaluation.bootstrap where metric = 'f1') as bootstrap using (policy)
order by policy
