-- Which cases does a fine-tuned model get right that its prompted base model gets wrong, and what did it think?
with pair as (
    select policy, rival from evaluation.comparisons where family = 'fine_tuned_v_prompted'
)
select
    pair.policy,
    mine.session_id,
    mine.step,
    contexts.title,
    mine.human_action,
    theirs.predicted_action as rival_said,
    theirs.illegal_reason as rival_illegal,
    predictions.rationale
from pair
join evaluation.verdicts as mine on mine.policy = pair.policy and mine.is_exact
join evaluation.verdicts as theirs
    on theirs.policy = pair.rival and theirs.session_id = mine.session_id and theirs.step = mine.step and not theirs.is_exact
join evaluation.predictions
    on predictions.policy = mine.policy and predictions.session_id = mine.session_id and predictions.step = mine.step
    and predictions.sample = 0
join dataset.cases on cases.session_id = mine.session_id and cases.step = mine.step
left join context.contexts on contexts.day = cases.day and contexts.page_id = cases.page_id
order by pair.policy, mine.session_id, mine.step
