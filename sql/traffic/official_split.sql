-- One row for each side of the split that an imported data set came with, such as OPeRA's: which users are on both sides.
-- Key: split.
-- Only reported: dataset.splits goes by user, so that nobody is on both sides. share_of_shared_users_sessions of the side test is
-- the share of test sessions whose user a model may have learned from. Sessions that were not admitted count too.
with sessions as (
    select official_split as split, session_id, user_id
    from traffic.sessions
    where official_split is not null
),
users as (
    select user_id, count(distinct split) > 1 as is_shared
    from sessions
    group by user_id
)
select
    split,
    count(*) as n_sessions,
    count(distinct user_id) as n_users,
    count(distinct user_id) filter (where is_shared) as n_shared_users,
    avg(is_shared::int) as share_of_shared_users_sessions
from sessions
join users using (user_id)
group by split
order by split
