-- Every movement of the reservations in $1, with what was charged beside their settlements (indirect cost, late funds, advance accounts) and what was given back of it; at most $2.
with own as (
  select t.number, t.key, t.kind from headgate.hold h join headgate.journal_transaction t on t.number = h.transaction where h.id = any ($1::uuid[])
  union
  select t.number, t.key, t.kind from headgate.journal_transaction t where t.hold_id = any ($1) and t.kind <> 'hold'
), beside as (
  select t.number from own o join headgate.journal_transaction t on t.key = any (array[headgate.late_key(o.key), headgate.indirect_key(o.key), headgate.advance_key(o.key)]) and t.kind = 'charge'
  where o.kind = 'settle'
), charged as (
  select number from own union select number from beside
), moved as (
  select t.* from headgate.journal_transaction t
  where t.number in (select number from charged union select r.number from charged c join headgate.journal_transaction r on r.mends = c.number)
)
select m.number, b.booked_at, m.effective_at as served_at, m.kind, a.name as account, m.by_person, m.source, m.why, m.figure, m.amount, m.subject,
  coalesce((
    select json_agg(json_build_object('account', headgate.node_name(e.from_node), 'from', e.from_pocket, 'to', e.to_pocket, 'amount', e.amount::text) order by e.ordinal)
    from headgate.journal_entry e where e.transaction = m.number
  ), '[]') as entries
from moved m join headgate.journal_batch b on b.number = m.number / 1024 join headgate.account a on a.id = m.account_id
order by b.position, m.number
limit $2
