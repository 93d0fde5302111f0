-- One row for each policy that drew several answers to each case, and each k: how often one of k answers is right.
-- Key: policy, k.
-- Unbiased, 1 - C(n - c, k) / C(n, k) with n answers drawn and c of them exact, over the cases with n >= k. It is averaged as
-- macro accuracy is, over sessions; at k = 1 it is the accuracy of any one draw, and not of the judged one. share_legal and
-- share_distinct, of the draws, say whether more of them can help: where all are alike, pass_at_k is the same at every k.
with chosen as (
    select policy, session_id, step, n_samples, n_legal, n_distinct, n_exact, k
    from evaluation.samples, (values (1), (3), (5)) as asked (k)
    where n_samples >= k
),
one_case as (
    select
        policy,
        k,
        session_id,
        1 - product((n_samples - n_exact - drawn) / (n_samples - drawn)) as pass_at_k,
        any_value(n_legal / n_samples) as legal,
        any_value(n_distinct / n_samples) as different
    from chosen, range(k) as draws (drawn)
    group by policy, k, session_id, step
),
one_session as (
    select
        policy,
        k,
        avg(pass_at_k) as pass_at_k,
        avg(legal) as share_legal,
        avg(different) as share_distinct,
        count(*) as n_cases
    from one_case
    group by policy, k, session_id
)
select
    policy,
    k::bigint as k,
    avg(pass_at_k) as pass_at_k,
    avg(share_legal) as share_legal,
    avg(share_distinct) as share_distinct,
    sum(n_cases)::bigint as n_cases,
    count(*) as n_sessions
from one_session
group by policy, k
order by policy, k
