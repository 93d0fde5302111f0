-- One row for each generator, policy that a server answers, and experiment: what it took, in dollars, tokens and hours.
-- Key: work, name.
-- work: rationales (a generator), answers (a policy) or training (an experiment). A request that several days, rounds or policies
-- share is bought once, and counted once for each name. cost_usd is 0 for a local model and null where a price is not known;
-- what a training run's machine costs is not known here: train_hours and peak_memory_bytes are what it took of one.
with bought as (
    select distinct on (work, name, request_key) *
    from (
        select
            'rationales' as work, generator as name, request_key, state, input_tokens, output_tokens, cost_usd
        from reasoning.responses
        union all
        select 'answers', policy, request_key, state, input_tokens, output_tokens, cost_usd
        from evaluation.responses
    )
    order by work, name, request_key, state, input_tokens, output_tokens, cost_usd
)
select
    work,
    name,
    count(*) as n_requests,
    count(*) filter (where state <> 'answered') as n_unanswered,
    sum(input_tokens)::bigint as input_tokens,
    sum(output_tokens)::bigint as output_tokens,
    case when bool_and(cost_usd is not null or state <> 'answered') then coalesce(sum(cost_usd::decimal(38, 18))::double, 0) end as cost_usd,
    null::double as train_hours,
    null::bigint as peak_memory_bytes
from bought
group by work, name
union all
select
    'training', experiment, null, null, null, null, null, train_seconds / 3600, peak_memory_bytes
from training.checkpoints
order by work, name
