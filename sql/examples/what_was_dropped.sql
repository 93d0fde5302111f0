-- What was dropped on the way from the log to the benchmark, where and why?
select stage, unit, fate, sum(n)::bigint as n, count(distinct day) as n_days
from traffic.funnel
where not is_kept
group by all
order by n desc, stage, fate
