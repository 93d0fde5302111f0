-- Which test cases cannot be won, because what the person acted on is not on the page that a model sees?
select cases.day, cases.session_id, cases.step, cases.action, contexts.title, contexts.n_pruned
from dataset.cases
left join context.elements as elements
    on elements.day = cases.day and elements.page_id = cases.page_id and elements.name = cases.action ->> 'name'
left join context.contexts as contexts on contexts.day = cases.day and contexts.page_id = cases.page_id
where cases.action ->> 'type' <> 'terminate' and elements.name is null
order by cases.day, cases.session_id, cases.step
