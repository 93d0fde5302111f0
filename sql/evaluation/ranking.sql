-- One row for each policy whose likelihoods were read: where it puts the person's action among all that the page offers.
-- Key: policy.
-- Over scored cases. hit_k is the share with the person's action among the k likeliest, mrr the mean of 1 / rank. A case without
-- a rank (the target is not on the page, or the person typed what is no candidate) is a miss in both, so share_ranked
-- bounds them; ties go by the order of the page. nats_per_action is the mean -log probability of the action's JSON text, with
-- a rank or without, the one proper score: micro over cases, macro over sessions; lower is better. Longer names cost more, so
-- compare policies, not sites. A prompted model's is that of the action inside its form of answer, without what follows.
with session as (
    select
        policy,
        count(*) as n,
        count(human_rank) as n_ranked,
        count(*) filter (where human_rank <= 1) as n_hit_1,
        count(*) filter (where human_rank <= 3) as n_hit_3,
        count(*) filter (where human_rank <= 5) as n_hit_5,
        sum(coalesce(1 / human_rank, 0)) as reciprocal_ranks,
        sum(human_nats) as nats,
        sum(n_candidates) as n_candidates
    from evaluation.likelihoods
    semi join dataset.cases using (session_id, step)
    group by policy, session_id
)
select
    policy,
    sum(n_hit_1) / sum(n) as hit_1,
    sum(n_hit_3) / sum(n) as hit_3,
    sum(n_hit_5) / sum(n) as hit_5,
    sum(reciprocal_ranks) / sum(n) as mrr,
    avg(nats / n) as macro_nats_per_action,
    sum(nats) / sum(n) as micro_nats_per_action,
    sum(n_ranked) / sum(n) as share_ranked,
    sum(n) / (select count(*) from dataset.cases) as share_scored,
    sum(n_candidates) / sum(n) as candidates_per_case,
    sum(n)::bigint as n_cases,
    count(*) as n_sessions
from session
group by policy
order by macro_nats_per_action, policy
