-- How do our policies stand beside the paper's Table 1?
select
    source,
    model,
    arm,
    round(macro_accuracy_pct, 2) as macro_accuracy_pct,
    case when low is not null then printf('%.1f to %.1f', low, high) end as interval_pct,
    round(session_f1_pct, 2) as session_f1_pct,
    is_simulated
from report.table_1
