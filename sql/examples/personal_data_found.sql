-- What personal data was found and replaced, of which kind, where, and by what?
-- A finding is a place, not a person: the same name on ten pages counts ten times. What was found is in no table.
select
    kind,
    source,
    split_part(place, ':', 1) as place,
    split_part(detector, ':', 1) as detector,
    count(*) as n_findings,
    count(distinct source_id) as n_sources,
    count(distinct placeholder) as n_pseudonyms
from privacy.findings
group by all
order by n_findings desc, kind, source, place, detector
