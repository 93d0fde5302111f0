-- One row for each policy whose likelihoods were read: where it puts the person's action among all that the page offers.
-- Key: policy.
-- Over scored cases. hit_k is the share with the person's action among the k likeliest, mrr the mean of 1 / rank. A case without
-- a rank (the target is not on the page, or the person typed what is no candidate) is a miss in both, so share_ranked
-- bounds them; ties go by the order of the page. nats_per_action is the mean -log probability of the action's JSON text, with
-- a rank or without, the one proper score: micro over cases, macro over sessions; lower is better. Longer names cost more, so
-- compare policies, not sites. A prompted model's is that of the action inside its form of answer, without what follows.
select
    policy,
    n_hit_1 / n_cases as hit_1,
    n_hit_3 / n_cases as hit_3,
    n_hit_5 / n_cases as hit_5,
    reciprocal_rank_sum / n_cases as mrr,
    session_nats_sum / n_sessions as macro_nats_per_action,
    nats_sum / n_cases as micro_nats_per_action,
    n_ranked / n_cases as share_ranked,
    n_cases / (select count(*) from dataset.cases) as share_scored,
    n_candidates / n_cases as candidates_per_case,
    n_cases,
    n_sessions
from evaluation.rank_sums
order by macro_nats_per_action, policy
