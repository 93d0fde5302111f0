-- One row for each statistic of the whole lake's admitted sessions, with the paper's figure beside ours.
-- Key: statistic.
-- ours and paper are counts, means a session, or shares from 0 to 1; a session's length is its number of actions, the last
-- one too. paper is null where the paper gives no figure; paper_says names its section.
with sessions as (
    select
        day,
        session_id,
        any_value(user_id) as user_id,
        count(*) as n_actions,
        count(*) filter (where action_type = 'type_and_submit') as n_searches,
        count(*) filter (where action_type = 'click' and starts_with(name, 'refinements.')) as n_filters,
        count(*) filter (where action_type = 'click' and regexp_matches(name, '(^|\.)buy_now$')) > 0 as is_purchase
    from context.actions
    group by day, session_id
),
counted as (
    select
        count(*)::double as n_sessions,
        count(distinct user_id)::double as n_users,
        sum(n_actions)::double as n_actions,
        avg(n_searches) as searches,
        avg(n_filters) as filters,
        avg(is_purchase::int) as purchased,
        quantile_disc(n_actions, 0.5)::double as p50,
        quantile_disc(n_actions, 0.9)::double as p90
    from sessions
    having count(*) > 0
)
select statistic, ours, paper, paper_says
from counted
cross join lateral (
    values
    (1, 'sessions', n_sessions, 31865::double, '4.1'),
    (2, 'users', n_users, 3526, '4.1'),
    (3, 'actions', n_actions, 230965, '4.1'),
    (4, 'actions_a_session', n_actions / n_sessions, 230965 / 31865, '4.1: 230,965 actions in 31,865 sessions'),
    (5, 'share_that_purchased', purchased, 4432 / 31865, '4.1: 4,432 purchases, 27,433 terminations'),
    (6, 'searches_a_session', searches, 2.82, '4.4'),
    (7, 'filter_clicks_a_session', filters, null, '4.4: searches are over seven times as frequent'),
    (8, 'length_p50', p50, null, null),
    (9, 'length_p90', p90, null, null)
) as told (ordinal, statistic, ours, paper, paper_says)
order by ordinal
