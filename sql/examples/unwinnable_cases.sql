-- Which test cases cannot be won, because what the person acted on is not on the page that a model sees?
select cases.day, cases.session_id, cases.step, cases.action, contexts.title, contexts.n_pruned
from dataset.cases
left join context.names
    on names.day = cases.day and names.page_id = cases.page_id and names.name = cases.action ->> 'name'
left join context.contexts on contexts.day = cases.day and contexts.page_id = cases.page_id
where cases.action ->> 'type' <> 'terminate' and names.name is null
order by cases.day, cases.session_id, cases.step
