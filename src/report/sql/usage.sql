-- What was used, by the names in $1 (of: account, person, kind, partition, app, cluster), in the periods of $2, put together from the stretches of $3 (with a sign: what goes beyond a
-- period is taken off again). Of account $4 and all below it; null: of all. Seen whole: the accounts named in $5 and all below them (null: all); of those named in $6
-- only the usage of $7. Only of person $8, kind $9, partition $10, app $11, cluster $12, where not null. At most $13 groups; the sums over all are in the rows without a place. $14: out of
-- the sums of whole accounts, where nothing else is asked for.
with seen as (
  select (select id from headgate.account where name = $4::text) as below, case when $5::text[] is null then null else array(select m.id from headgate.account m where m.name = any ($5)) end as whole
), period as (
  select * from json_to_recordset($2::json) as p (label text, starts_at timestamptz, ends_at timestamptz)
), piece as (
  select * from json_to_recordset($3::json) as p (label text, grain smallint, starts_at timestamptz, ends_at timestamptz, sign integer)
), few as (
  -- Few works are looked up one by one; many are read in the order of time.
  select count(*) <= 100 as yes
  from (
    select from seen cross join headgate.account a join headgate.usage_work w on w.account_id = a.id
    where w.whole = $14::boolean and case when $14 then case when $4 is not null then a.id = seen.below when seen.whole is null then cardinality(a.path) = 1
        else a.id = any (seen.whole) and not a.path[:cardinality(a.path) - 1] && seen.whole end
      else ($4 is null or a.path @> array[seen.below]) and (seen.whole is null or a.path && seen.whole or a.name = any ($6::text[]) and w.person = $7) end limit 101
  ) x
), found as (
  select p.label, a.name as account, a.unit, w.person, w.kind, w.partition, w.app, w.cluster, p.sign * u.charges as charges, p.sign * u.charged as charged, p.sign * u.late as late,
    p.sign * u.refunded as refunded, p.sign * u.written_off as written_off
  from seen cross join headgate.account a join headgate.usage_work w on w.account_id = a.id cross join piece p
  cross join lateral (
    select * from headgate.usage_sum u where u.work_id = w.id and u.grain = p.grain and u.starts_at >= p.starts_at and u.starts_at < p.ends_at offset 0
  ) u
  where (select few.yes from few)
    and w.whole = $14::boolean and case when $14 then case when $4 is not null then a.id = seen.below when seen.whole is null then cardinality(a.path) = 1
        else a.id = any (seen.whole) and not a.path[:cardinality(a.path) - 1] && seen.whole end
      else ($4 is null or a.path @> array[seen.below]) and (seen.whole is null or a.path && seen.whole or a.name = any ($6::text[]) and w.person = $7) end
    and ($8::text is null or w.person = $8) and ($9::text is null or w.kind = $9) and ($10::text is null or w.partition = $10)
    and ($11::text is null or w.app = $11) and ($12::text is null or w.cluster = $12)
  union all
  select w.label, w.account, w.unit, w.person, w.kind, w.partition, w.app, w.cluster, w.charges, w.charged, w.late, w.refunded, w.written_off
  from headgate.usage_of_many($3::json, (select below from seen), (select whole from seen), $6::text[], $7) w
  where not (select few.yes from few)
    and ($8::text is null or w.person = $8) and ($9::text is null or w.kind = $9) and ($10::text is null or w.partition = $10)
    and ($11::text is null or w.app = $11) and ($12::text is null or w.cluster = $12)
  union all
  -- What was booked since the sums were brought up to date.
  select p.label, a.name, a.unit, w.person, w.kind, w.partition, w.app, w.cluster, w.charges, w.charged, w.late, w.refunded, w.written_off
  from headgate.usage_moves((select position from headgate.usage_mark), (select position from headgate.journal_head)) w
  join headgate.account a on a.id = w.account_id
  join period p on w.at >= p.starts_at and w.at < p.ends_at cross join seen
  where ($4 is null or a.path @> array[seen.below]) and (seen.whole is null or a.path && seen.whole or a.name = any ($6::text[]) and w.person = $7)
    and ($8::text is null or w.person = $8) and ($9::text is null or w.kind = $9) and ($10::text is null or w.partition = $10)
    and ($11::text is null or w.app = $11) and ($12::text is null or w.cluster = $12)
), grouped as (
  select label, case when 'account' = any ($1::text[]) then account end as account, case when 'person' = any ($1) then person end as person,
    case when 'kind' = any ($1) then kind end as kind, case when 'partition' = any ($1) then partition end as partition, case when 'app' = any ($1) then app end as app,
    case when 'cluster' = any ($1) then cluster end as cluster, unit,
    sum(charges)::bigint as charges, sum(charged)::bigint as charged, sum(late)::bigint as late, sum(refunded)::bigint as refunded, sum(written_off)::bigint as written_off
  from found group by 1, 2, 3, 4, 5, 6, 7, 8
  having sum(charges) <> 0 or sum(refunded) <> 0 or sum(written_off) <> 0
)
(
  select row_number() over (order by label, charged - refunded - written_off desc, account, person, kind, partition, app, cluster, unit)::integer as place, g.*, 0 as groups
  from grouped g order by 1 limit $13::integer
)
union all
select null, null, null, null, null, null, null, null, unit, sum(charges)::bigint, sum(charged)::bigint, sum(late)::bigint, sum(refunded)::bigint, sum(written_off)::bigint, count(*)::integer
from grouped group by unit
order by place nulls last, unit
