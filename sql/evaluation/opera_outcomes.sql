-- One row for each policy: F1 of how sessions end by both definitions in use, the ShopCART paper's and OPeRA's own.
-- Key: policy.
-- The ShopCART paper's Table 2 is OPeRA's sessions. binary_f1 is of the class purchase alone (evaluation.outcomes has its
-- intervals). weighted_f1 is OPeRA's: the F1 of purchase and that of terminate, weighted by how many sessions ended so;
-- macro_f1 weighs them equally. A prediction that is neither counts as a miss of the class that it should have been. As most
-- sessions end without a purchase, weighted_f1 is high for whoever always terminates: compare like with like. A purchase is a
-- click on buy_now; OPeRA also calls add_to_cart and check_out so, after which shoppers go on (`shopcart import opera` counts
-- them). Shares; null where nothing defines them.
with counted as (
    select
        policy,
        sum(n_bought_purchase + n_bought_terminate + n_bought_other + n_bought_illegal)::bigint as n_purchase,
        sum(n_left_purchase + n_left_terminate + n_left_other + n_left_illegal)::bigint as n_terminate,
        sum(n_bought_purchase) as purchase_hits,
        sum(n_bought_purchase + n_left_purchase) as purchase_calls,
        sum(n_left_terminate) as terminate_hits,
        sum(n_bought_terminate + n_left_terminate) as terminate_calls
    from evaluation.user_scores
    group by policy
),
scored as (
    select
        *,
        2 * purchase_hits / nullif(n_purchase + purchase_calls, 0) as purchase_f1,
        2 * terminate_hits / nullif(n_terminate + terminate_calls, 0) as terminate_f1
    from counted
)
select
    policy,
    n_purchase,
    n_terminate,
    purchase_f1 as binary_f1,
    terminate_f1,
    (n_purchase * coalesce(purchase_f1, 0) + n_terminate * coalesce(terminate_f1, 0)) / nullif(n_purchase + n_terminate, 0)
        as weighted_f1,
    (purchase_f1 + terminate_f1) / 2 as macro_f1,
    (purchase_hits + terminate_hits) / nullif(n_purchase + n_terminate, 0) as accuracy
from scored
order by policy
