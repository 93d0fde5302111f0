-- One row for each day, stage and fate of what was delivered: what went on, what was dropped, where and why.
-- Key: day, stage, unit, fate.
-- Units differ: traffic counts delivered events first and sessions then, privacy pages, dataset sessions. Within a unit and
-- a stage the fates add up to what arrived.
with events as (
    select day, 1 as ordinal, 'traffic' as stage, 'event' as unit, fate, fate = 'kept' as is_kept, n_events as n
    from traffic.intake
    where fate <> 'read'
),
sessions as (
    select
        day, 2 as ordinal, 'traffic' as stage, 'session' as unit,
        coalesce(refusal, 'kept') as fate, is_admitted as is_kept, count(*) as n
    from traffic.sessions
    group by all
),
pages as (
    select day, 3 as ordinal, 'privacy' as stage, 'page' as unit, 'kept' as fate, true as is_kept, count(*) as n
    from privacy.pages
    group by all
    union all
    select day, 3, 'privacy', 'page', reason, false, count(*)
    from privacy.drops
    group by all
),
split as (
    select day, 4 as ordinal, 'dataset' as stage, 'session' as unit, split as fate, true as is_kept, count(*) as n
    from dataset.splits
    group by all
    union all
    select day, 4, 'dataset', 'session', reason, false, count(*)
    from dataset.refused
    group by all
),
fates as (
    from events union all from sessions union all from pages union all from split
)
select day, stage, unit, fate, is_kept, n::bigint as n, n / sum(n) over (partition by day, ordinal) as share
from fates
order by day, ordinal, is_kept desc, n desc, fate
