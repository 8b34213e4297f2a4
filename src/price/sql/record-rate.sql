-- Appends a rate unless the newest of its resource says the same; a row only when it did. The lock keeps two starters from both appending.
with locked as (
  select pg_advisory_xact_lock(hashtext('headgate.rate'))
), newest as (
  select r.rate, r.free, r.dated from headgate.rate r, locked where r.resource = $1 order by r.number desc limit 1
)
insert into headgate.rate (resource, rate, free, source, dated, recorded_by, recorded_at)
select $1, $2::bigint, $3::text, $4, $5::date, $6, $7::timestamptz
from locked
where not exists (select 1 from newest n where n.rate = $2::bigint and n.free is not distinct from $3::text and n.dated = $5::date)
returning number
