-- Where reservations and jobs do not agree, of what is older than $1; at most $2 of each kind. Reservations of jobs are known by their key, `hold:<job id>` (with `:<how often asked>` where the account
-- reserves at the start).
-- Those that recovery itself placed carry the job in their subject too.
with held as materialized (
  select h.id, h.account_id, h.remaining, h.expires_at, t.person, t.unit, t.subject, b.booked_at,
    case when t.key ~ '^hold:[0-9a-f-]{36}(:[0-9]+)?$' or t.key like 'rehold:%' then substr(t.subject, 5)::uuid end as job_id
  from headgate.hold h
  join headgate.journal_transaction t on t.number = h.transaction
  join headgate.journal_batch b on b.number = t.number / 1024
  where h.state = 'open' and b.booked_at < $1::timestamptz and t.subject ~ '^job:[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$'
), found as (
  (select 'unknown-job' as kind, h.id as hold_id, h.job_id, null::bigint as number, a.name as account, h.person, h.unit, h.remaining as amount, h.booked_at as since
  from held h join headgate.account a on a.id = h.account_id
  where h.job_id is not null and not exists (select from headgate.job j where j.id = h.job_id)
  order by h.booked_at limit $2::integer)
  union all
  (select 'ended-open', h.id, h.job_id, j.number, a.name, h.person, h.unit, h.remaining, h.booked_at
  from held h join headgate.job j on j.id = h.job_id join headgate.account a on a.id = h.account_id
  where (j.state = 'refused' or j.state = 'settled' or j.hold_closed_at is not null
      or j.state = 'ended' and j.ended_at < $1::timestamptz and not exists (select from headgate.job_attempt x where x.job_id = j.id and x.state in ('starting', 'running', 'ended')))
  order by h.booked_at limit $2::integer)
  union all
  -- The reservation was closed and the job was not told.
  (select 'ended-open', h.id, j.id, j.number, j.project, j.person, j.unit, greatest(0, j.reserved - j.charged - j.returned), j.ended_at
  from headgate.job j join headgate.hold h on h.id = j.hold_id::uuid
  where j.state = 'ended' and j.hold_closed_at is null and h.state <> 'open' and j.ended_at < $1::timestamptz
    and not exists (select from headgate.job_attempt x where x.job_id = j.id and x.state in ('starting', 'running', 'ended'))
  order by j.ended_at limit $2::integer)
  union all
  (select 'unsettled', j.hold_id::uuid, j.id, j.number, j.project, j.person, j.unit, sum(x.charge)::bigint, min(x.ended_at)
  from headgate.job_attempt x join headgate.job j on j.id = x.job_id
  where x.state = 'ended' and x.ended_at < $1::timestamptz
  group by j.id order by min(x.ended_at) limit $2::integer)
  union all
  (select 'unheld', null, j.id, j.number, j.project, j.person, j.unit, j.reserved, j.submitted_at
  from headgate.job j where j.state = 'submitted' and j.submitted_at < $1::timestamptz
  order by j.submitted_at limit $2::integer)
  union all
  (select 'runs-without', j.hold_id::uuid, j.id, j.number, j.project, j.person, j.unit, greatest(0, j.reserved - j.charged - j.returned), j.submitted_at
  from headgate.job j left join headgate.hold h on h.id = j.hold_id::uuid
  where j.state in ('queued', 'waiting', 'starting', 'running') and j.hold_id is not null and j.submitted_at < $1::timestamptz and j.hold_closed_at is null and h.state is distinct from 'open'
  order by j.submitted_at limit $2::integer)
  union all
  (select 'expired-open', h.id, null, null, a.name, t.person, t.unit, h.remaining, h.expires_at
  from headgate.hold h join headgate.journal_transaction t on t.number = h.transaction join headgate.account a on a.id = h.account_id
  where h.state = 'open' and h.expires_at < $1::timestamptz
  order by h.expires_at limit $2::integer)
)
-- A reservation is looked at once, for the strongest reason.
select distinct on (coalesce(hold_id, job_id)) kind, hold_id, job_id, number, account, person, unit, amount, since,
  coalesce((select j.hold_id::uuid = found.hold_id from headgate.job j where j.id = found.job_id), false) as own
from found
order by coalesce(hold_id, job_id), array_position(array['unknown-job', 'unsettled', 'ended-open', 'runs-without', 'unheld', 'expired-open'], kind)
