-- One row for each row of the paper's Table 1 and for each policy of ours: the two headline metrics side by side.
-- Key: source, group, model, arm.
-- Percent. The two sources are not the same test set and must not be compared as if they were; where is_simulated is true
-- ours are simulated shoppers. low and high are our 95 % interval of macro accuracy, clustered by user; the paper gives none.
with published as (
    select
        'paper' as source,
        "group",
        model,
        case when "group" <> 'Fine-tuned Models' then 'prompted' when reasoning then 'reasoning' else 'action_only' end as arm,
        action_accuracy_pct as macro_accuracy_pct,
        null::double as low,
        null::double as high,
        session_f1_pct,
        false as is_simulated
    from report.published
    where paper_table = 1
),
ours as (
    select
        'ours' as source,
        case accuracy.kind
            when 'ceiling' then 'Ceiling'
            when 'baseline' then 'Baselines'
            when 'prompted' then 'Prompted Models'
            when 'fine_tuned' then 'Fine-tuned Models'
            else 'Not declared any more'
        end as "group",
        policy as model,
        coalesce(policies.arm, 'none') as arm,
        100 * macro_accuracy as macro_accuracy_pct,
        100 * accuracy.low as low,
        100 * accuracy.high as high,
        100 * f1 as session_f1_pct,
        exists (select 1 from context.optimal) as is_simulated
    from evaluation.accuracy
    left join evaluation.outcomes using (policy)
    left join evaluation.policies using (policy)
)
select * from published
union all
select * from ours
order by source desc, "group", macro_accuracy_pct desc, model
