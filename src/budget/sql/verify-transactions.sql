-- Each transaction has the entries that its kind and amounts call for, and counts on the whole path of its account.
with e as (
  select e.transaction,
    coalesce(sum(e.amount) filter (where e.from_pocket = 'free' and e.to_pocket = 'held'), 0) as reserved,
    coalesce(sum(e.amount) filter (where e.to_pocket = 'spent'), 0) as spent,
    coalesce(sum(e.amount) filter (where e.from_pocket = 'held' and e.to_pocket = 'free'), 0) as returned,
    coalesce(max(e.amount) filter (where e.from_pocket = 'overrun'), 0) as overrun,
    coalesce(sum(e.amount) filter (where e.from_pocket = 'spent' and e.to_pocket = 'free'), 0) as refunded,
    coalesce(max(e.amount) filter (where e.to_pocket = 'overrun'), 0) as covered
  from headgate.journal_entry e join headgate.journal_transaction t on t.number = e.transaction where t.kind <> 'hold' group by e.transaction
), judged as (
  -- Most transactions are reservations, and a reservation has one entry: they are looked at without adding anything up.
  select t.number, coalesce(e.ordinal, 1) = 1 as first, case
    when not t.nodes @> a.path then 'does not count on the whole path of its account'
    when t.unit is distinct from a.unit then 'is not in the unit of its account'
    when (t.amount, 1, 'free', 'held') is distinct from (coalesce(e.amount, 0), coalesce(e.ordinal, 1), coalesce(e.from_pocket, 'free'), coalesce(e.to_pocket, 'held')) then 'has other entries than its reservation'
  end as fault
  from headgate.journal_transaction t left join headgate.journal_entry e on e.transaction = t.number left join headgate.account a on a.id = t.account_id
  where t.kind = 'hold'
  union all
  select t.number, true, case
    when t.kind in ('settle', 'release', 'expire', 'charge', 'refund', 'write-off', 'renew', 'reprice') and not t.nodes @> a.path then 'does not count on the whole path of its account'
    when t.unit is distinct from a.unit then 'is not in the unit of its account'
    when t.kind in ('settle', 'charge') and (0, t.amount, t.returned, t.overrun) is distinct from (coalesce(e.reserved, 0), coalesce(e.spent, 0), coalesce(e.returned, 0), coalesce(e.overrun, 0)) then 'has other entries than its settlement'
    when t.kind in ('release', 'expire') and (0, 0, t.amount, 0) is distinct from (coalesce(e.reserved, 0), coalesce(e.spent, 0), coalesce(e.returned, 0), coalesce(e.overrun, 0)) then 'has other entries than what it gave back'
    when t.kind in ('renew', 'reprice') and (greatest(t.amount, 0), 0, greatest(-t.amount, 0), 0) is distinct from (coalesce(e.reserved, 0), coalesce(e.spent, 0), coalesce(e.returned, 0), coalesce(e.overrun, 0)) then 'has other entries than what it changed'
    when t.kind in ('refund', 'write-off') and (t.amount, t.overrun) is distinct from (coalesce(e.refunded, 0), coalesce(e.covered, 0)) then 'has other entries than its refund'
    when t.kind in ('refund', 'write-off') and not exists (
      select from headgate.journal_transaction m where m.number = t.mends and m.kind in ('settle', 'charge') and (m.account_id, m.nodes) = (t.account_id, t.nodes)
        and m.amount >= (select sum(r.amount) from headgate.journal_transaction r where r.mends = m.number and r.kind in ('refund', 'write-off'))
    ) then 'takes back more than was charged, or what was never charged'
    when t.kind = 'write-off' and not exists (
      select from headgate.journal_transaction l where l.number / 1024 = t.number / 1024 and l.key = 'ledger:loss:' || t.key and (l.kind, l.amount) = ('charge', t.amount)
    ) then 'has nobody who bears the loss'
  end as fault
  from headgate.journal_transaction t left join e on e.transaction = t.number left join headgate.account a on a.id = t.account_id
  where t.kind <> 'hold'
)
select count(*) filter (where first) as checked, coalesce((array_agg('transaction ' || number || ' ' || fault order by number) filter (where fault is not null))[1:100], '{}') as faults from judged
