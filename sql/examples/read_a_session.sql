-- What happened in one test session, step by step, and what did each policy expect?
-- The longest test session is shown; replace the first part by: select 'my-session' as session_id
-- Where an answer is no legal action, expected says why, and then what was said. Nobody is asked about step 1. The command
-- `shopcart story my-session` shows the same for reading.
with chosen as (
    select session_id from dataset.splits where split = 'test' order by n_steps desc, session_id limit 1
)
select
    actions.step,
    contexts.title as page,
    trim(concat_ws(' ', actions.action_type, actions.name, actions.text)) as human,
    verdicts.policy,
    coalesce(verdicts.predicted_action, 'illegal: ' || verdicts.illegal_reason || ': ' || predictions.output) as expected,
    verdicts.is_exact,
    verdicts.error,
    predictions.rationale
from context.actions
join chosen using (session_id)
left join context.contexts on contexts.day = actions.day and contexts.page_id = actions.page_id
left join evaluation.verdicts on verdicts.session_id = actions.session_id and verdicts.step = actions.step
left join evaluation.predictions
    on predictions.policy = verdicts.policy
    and predictions.session_id = verdicts.session_id
    and predictions.step = verdicts.step
    and predictions.sample = 0
order by actions.step, verdicts.policy
