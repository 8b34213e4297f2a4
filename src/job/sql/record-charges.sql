-- The ledger has posted these charges.
with posted as (
  select * from jsonb_to_recordset($1::jsonb) as p (token uuid, charged bigint, indirect bigint, returned bigint, overrun bigint, final boolean)
), attempts as (
  update headgate.job_attempt a set state = 'settled', settled_at = $2::timestamptz
  from posted p where a.id = p.token and a.state = 'ended'
  returning a.job_id, a.figure, p.charged, p.indirect, p.returned, p.overrun, p.final
)
update headgate.job j set
  charged = j.charged + s.charged,
  indirect = j.indirect + s.indirect,
  returned = j.returned + s.returned,
  overrun = j.overrun + s.overrun,
  figure = case when s.estimated then 'estimated' else j.figure end,
  hold_closed_at = case when s.final then $2::timestamptz else j.hold_closed_at end
from (
  select job_id, sum(charged)::bigint as charged, sum(indirect)::bigint as indirect, sum(returned)::bigint as returned, sum(overrun)::bigint as overrun, bool_or(final) as final, bool_or(figure = 'estimated') as estimated
  from attempts group by job_id
) s
where j.id = s.job_id
