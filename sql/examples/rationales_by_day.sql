-- For which days and generators are rationales written, what is missing, and what did they cost?
-- n_missing: actions of admitted sessions that no rationale of this generator explains; run its partition of that day again.
-- Only generators that were asked have rows; cost_usd is 0 for a local model.
with steps as (
    select day, count(*) as n_actions from context.actions semi join dataset.splits using (session_id) group by day
),
asked as (
    select
        day,
        generator,
        count(*) as n_requests,
        count(*) filter (where state <> 'answered') as n_unanswered,
        sum(output_tokens)::bigint as output_tokens,
        round(sum(cost_usd), 4) as cost_usd
    from reasoning.responses
    group by all
),
told as (
    select day, generator, count(distinct (session_id, step)) as n_rationales
    from reasoning.rationales
    semi join dataset.splits using (session_id)
    group by all
)
select
    day,
    generator,
    n_actions,
    coalesce(n_rationales, 0) as n_rationales,
    n_actions - coalesce(n_rationales, 0) as n_missing,
    n_requests,
    n_unanswered,
    output_tokens,
    cost_usd
from asked
join steps using (day)
left join told using (day, generator)
order by day, generator
