-- Alerts, the latest first. $1 accounts (null: all), $2 severity, $3 state, $4 the number before which a page begins, $5 how many, $6 one number; null: any.
select l.number, a.name as account, a.unit, l.measure, l.threshold, l.action, l.severity, l.value, l.facts, l.raised_at, l.cleared_at, l.lifted_at, l.lifted_by, l.lifted_why,
  l.acknowledged_at, l.acknowledged_by, coalesce(l.notes, '') as notes,
  (select count(*)::integer from headgate.alert_message m where m.alert = l.number and m.sent_at is null and m.refused_at is null) as waiting
from headgate.alert l join headgate.account a on a.id = l.account_id
where ($1::text[] is null or a.name = any ($1)) and ($2::text is null or l.severity = $2)
  and ($3::text is null or $3 = case when l.cleared_at is not null then 'cleared' when l.lifted_at is not null then 'lifted' else 'ringing' end)
  and ($4::bigint is null or l.number < $4) and ($6::bigint is null or l.number = $6)
order by l.number desc
limit $5::integer
