-- One row for each generator of rationales, `human` (what people said themselves) among them: length, person, variety, overlap.
-- Key: generator.
-- Shares are 0 to 1. overlap_f1 is the F1 of the words shared with what the person said of the same step, mean over the n_compared
-- steps where both are; two people would not say the same either, so low is not bad. distinct_1 and distinct_2 (different words and
-- pairs of neighbours, of all) fall with n_rationales: compare equal numbers. People say why of few actions, and not of any few.
-- `shopcart rationales compare` says the same with intervals.
with told as (
    select
        generator,
        day,
        session_id,
        step,
        regexp_matches(rationale, '\b(?:[Ii]|[Mm]e|[Mm]y|[Mm]ine|[Mm]yself|[Ww]e|[Oo]ur|us)\b') as is_first_person,
        regexp_extract_all(lower(rationale), '[\p{L}\p{N}]+(?:[''’-][\p{L}\p{N}]+)*') as words
    from reasoning.rationales
    semi join context.actions using (day, session_id, step)
),
openings as (
    select generator, max(n) as n_same_opening
    from (select generator, words[1:3] as opening, count(*) as n from told group by all)
    group by generator
),
ones as (
    select generator, count(distinct word) / count(*) as distinct_1
    from (select generator, unnest(words) as word from told)
    group by generator
),
twos as (
    select generator, count(distinct pair) / count(*) as distinct_2
    from (
        select generator, unnest(list_transform(range(1, len(words)), lambda place: words[place : place + 1])) as pair
        from told
    )
    group by generator
),
counted as (
    select generator, day, session_id, step, word, count(*) as n
    from (select generator, day, session_id, step, unnest(words) as word from told)
    group by all
),
shared as (
    select written.generator, day, session_id, step, sum(least(written.n, said.n)) as n_shared
    from counted as written
    join (select * from counted where generator = 'human') as said using (day, session_id, step, word)
    group by all
),
likeness as (
    select
        written.generator,
        count(*) as n_compared,
        avg(coalesce(2 * n_shared / (len(written.words) + len(said.words)), 0)) as overlap_f1
    from told as written
    join (select * from told where generator = 'human') as said using (day, session_id, step)
    left join shared on (shared.generator, shared.day, shared.session_id, shared.step)
        = (written.generator, written.day, written.session_id, written.step)
    where written.generator <> 'human'
    group by written.generator
)
select
    generator,
    count(*) as n_rationales,
    quantile_cont(len(words), 0.5) as words_p50,
    quantile_cont(len(words), 0.95) as words_p95,
    avg(is_first_person::int) as share_first_person,
    any_value(n_same_opening) / count(*) as share_same_opening,
    any_value(distinct_1) as distinct_1,
    any_value(distinct_2) as distinct_2,
    coalesce(any_value(n_compared), 0) as n_compared,
    any_value(overlap_f1) as overlap_f1
from told
join openings using (generator)
left join ones using (generator)
left join twos using (generator)
left join likeness using (generator)
group by generator
order by generator
