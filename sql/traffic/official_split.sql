-- One row for each side of the split that an imported data set came with, such as OPeRA's: do its sides share users?
-- Key: split.
-- Only reported: dataset.splits goes by user, so that no user is on both sides. share_of_sessions_of_shared_users of test is the
-- share of test sessions whose user a model may have seen in training. The split stands in the recorder's own fields, which are
-- deleted with the raw events; the importer's import.json keeps the figures.
with sessions as (
    select distinct extra ->> 'split' as split, session_id, user_id
    from traffic.events
    where extra ->> 'split' is not null
),
shared as (
    select user_id
    from sessions
    group by user_id
    having count(distinct split) > 1
)
select
    split,
    count(distinct session_id) as n_sessions,
    count(distinct user_id) as n_users,
    count(distinct user_id) filter (where user_id in (from shared)) as n_shared_users,
    count(distinct session_id) filter (where user_id in (from shared)) / count(distinct session_id)
        as share_of_sessions_of_shared_users
from sessions
group by split
order by split
