-- The reservations behind job number $1, or reservation $2 with those that share it out among several funds.
with asked as (
  select j.hold_id::uuid as hold_id from headgate.job j where j.number = $1::bigint and j.hold_id ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
  union select $2::uuid
), led as (
  select distinct coalesce(p.leader_id, a.hold_id) as leader from asked a left join headgate.hold_part p on p.hold_id = a.hold_id where a.hold_id is not null
), holds as (
  select leader as id from led union select p.hold_id from headgate.hold_part p join led on led.leader = p.leader_id
)
select h.id, a.name as account, t.person, t.unit, t.subject, h.amount, h.charged, h.remaining, h.state, t.detail -> 'formula' as formula,
  j.number as job, j.name as job_name
from holds x join headgate.hold h on h.id = x.id join headgate.journal_transaction t on t.number = h.transaction join headgate.account a on a.id = h.account_id
left join headgate.job j on j.id = case when t.subject ~ '^job:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then substr(t.subject, 5)::uuid end
order by t.number
