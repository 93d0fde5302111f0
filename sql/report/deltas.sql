-- One row for each row of the paper's Tables 1, 2 and 4 and for each policy of ours: what reasoning and fine-tuning change.
-- Key: source, group, model, arm.
-- The columns "% delta" and "v.s." of the paper, recomputed from the accuracies that it prints, and the same of ours. delta_pct is
-- relative to the same model fine-tuned without reasoning (ours: with the same seed, and only where the policy has a recipe); points
-- are percentage points against the best prompted model of the same source, DeepSeek-R1 in Tables 1 and 4. Point estimates: whether
-- two of ours differ is in evaluation.comparisons.
with told as (
    select
        'paper table ' || paper_table as source,
        "group",
        model,
        model as base_model,
        0 as seed,
        case when "group" not like 'Fine-tuned%' then 'prompted' when reasoning then 'reasoning' else 'action_only' end as arm,
        action_accuracy_pct as accuracy_pct,
        session_f1_pct as f1_pct,
        true as is_own,
        columns('printed_.*')
    from report.published
    union all by name
    select
        'ours' as source,
        coalesce(accuracy.kind, 'unknown') as "group",
        policy as model,
        base_model,
        seed,
        coalesce(arm, 'none') as arm,
        100 * macro_accuracy as accuracy_pct,
        100 * f1 as f1_pct,
        recipe is not null as is_own
    from evaluation.accuracy
    left join evaluation.outcomes using (policy)
    left join evaluation.policies using (policy)
),
plain as (
    select source, base_model, seed, accuracy_pct, f1_pct
    from told
    where arm = 'action_only' and is_own
    qualify row_number() over (partition by source, base_model, seed order by model) = 1
),
best as (
    select source, model, accuracy_pct, f1_pct
    from told
    where arm = 'prompted'
    qualify row_number() over (partition by source order by accuracy_pct desc, model) = 1
)
select
    source,
    told."group",
    told.model,
    arm,
    told.accuracy_pct as macro_accuracy_pct,
    told.f1_pct as session_f1_pct,
    100 * (told.accuracy_pct - plain.accuracy_pct) / nullif(plain.accuracy_pct, 0) as accuracy_delta_pct,
    case when told.model <> best.model or arm <> 'prompted' then told.accuracy_pct - best.accuracy_pct end as accuracy_points,
    100 * (told.f1_pct - plain.f1_pct) / nullif(plain.f1_pct, 0) as f1_delta_pct,
    case when told.model <> best.model or arm <> 'prompted' then told.f1_pct - best.f1_pct end as f1_points,
    printed_accuracy_delta_pct,
    printed_accuracy_points,
    printed_f1_delta_pct,
    printed_f1_points
from told
left join best using (source)
left join plain on arm in ('reasoning', 'think') and is_own
    and (plain.source, plain.base_model, plain.seed) = (told.source, told.base_model, told.seed)
order by source desc, told."group", macro_accuracy_pct desc, told.model, arm
