-- Each transaction has the entries that its kind and amounts call for, and counts on the whole path of its account.
with e as (
  select e.transaction,
    coalesce(sum(e.amount) filter (where e.from_pocket = 'free' and e.to_pocket = 'held'), 0) as reserved,
    coalesce(sum(e.amount) filter (where e.to_pocket = 'spent'), 0) as spent,
    coalesce(sum(e.amount) filter (where e.from_pocket = 'held' and e.to_pocket = 'free'), 0) as returned,
    coalesce(max(e.amount) filter (where e.from_pocket = 'overrun'), 0) as overrun
  from headgate.journal_entry e group by e.transaction
), judged as (
  select t.number, case
    when t.kind in ('hold', 'settle', 'release', 'expire', 'charge') and not t.nodes @> a.path then 'does not count on the whole path of its account'
    when t.unit is distinct from a.unit then 'is not in the unit of its account'
    when t.kind = 'hold' and (t.amount, 0, 0, 0) is distinct from (coalesce(e.reserved, 0), coalesce(e.spent, 0), coalesce(e.returned, 0), coalesce(e.overrun, 0)) then 'has other entries than its reservation'
    when t.kind in ('settle', 'charge') and (0, t.amount, t.returned, t.overrun) is distinct from (coalesce(e.reserved, 0), coalesce(e.spent, 0), coalesce(e.returned, 0), coalesce(e.overrun, 0)) then 'has other entries than its settlement'
    when t.kind in ('release', 'expire') and (0, 0, t.amount, 0) is distinct from (coalesce(e.reserved, 0), coalesce(e.spent, 0), coalesce(e.returned, 0), coalesce(e.overrun, 0)) then 'has other entries than what it gave back'
  end as fault
  from headgate.journal_transaction t left join e on e.transaction = t.number left join headgate.account a on a.id = t.account_id
)
select count(*) as checked, coalesce((array_agg('transaction ' || number || ' ' || fault order by number) filter (where fault is not null))[1:100], '{}') as faults from judged
