-- One row for each scored case of each policy: its likelihoods beside what the person did.
-- Key: policy, session_id, step.
-- Policies whose probabilities cannot be read (servers, baselines) have no rows. is_purchase is a click on a name that ends in the
-- segment buy_now; p_purchase is 0 where the page has none.
select
    likelihoods.*,
    user_id,
    is_final,
    is_terminate,
    is_purchase
from evaluation.likelihoods
join (
    select
        session_id,
        step,
        user_id,
        is_final,
        action ->> '$.type' = 'terminate' as is_terminate,
        regexp_matches(coalesce(action ->> '$.name', ''), '(^|\.)buy_now$') as is_purchase
    from dataset.cases
) using (session_id, step)
