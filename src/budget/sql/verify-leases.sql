-- Each lease is what the journal says of it; each of its movements has the entry that it calls for, and each settlement its charge in the same batch.
with moved as (
  select t.lease_id, sum(t.amount) as amount, bool_or(t.kind = 'lease-return') as closed, bool_or(t.kind = 'lease-return' and t.detail -> 'asked' ->> 'expired' = 'true') as expired
  from headgate.journal_transaction t where t.kind in ('lease-renew', 'lease-settle', 'lease-return') group by t.lease_id
), dated as (
  select distinct on (t.lease_id) t.lease_id, t.expires_at from headgate.journal_transaction t join headgate.journal_batch b on b.number = t.number / 1024
  where t.kind in ('lease-open', 'lease-renew') order by t.lease_id, b.position desc
), judged as (
  select coalesce(l.id, t.lease_id) as id, case
    when l.id is null then 'is in the journal but not among the leases'
    when t.number is null then 'is not in the journal'
    when (l.transaction, l.account_id, l.amount, l.remaining) is distinct from (t.number, t.account_id, t.amount, t.amount - coalesce(m.amount, 0)) then 'differs from the journal in its amounts'
    when l.expires_at is distinct from d.expires_at then 'differs from the journal in when it expires'
    when l.state is distinct from case when m.expired then 'expired' when m.closed then 'returned' else 'open' end then 'is ' || l.state || ', which the journal does not say'
    when l.recall not between 0 and l.remaining then 'is asked for more than is left of it'
  end as fault
  from headgate.lease l full join (select * from headgate.journal_transaction where kind = 'lease-open') t on t.lease_id = l.id
  left join moved m on m.lease_id = coalesce(l.id, t.lease_id) left join dated d on d.lease_id = coalesce(l.id, t.lease_id)
  union all
  select t.lease_id, case
    when not exists (select from headgate.account a where a.id = t.account_id and a.path = t.nodes and a.unit = t.unit) then 'has a movement beside the path of its account'
    when (t.amount, 1, case t.kind when 'lease-open' then 'free' else 'leased' end, case t.kind when 'lease-open' then 'leased' else 'free' end)
      is distinct from (coalesce(e.amount, 0), coalesce(e.ordinal, 1), coalesce(e.from_pocket, case t.kind when 'lease-open' then 'free' else 'leased' end),
        coalesce(e.to_pocket, case t.kind when 'lease-open' then 'leased' else 'free' end)) then 'has other entries than its movement'
    when t.kind = 'lease-settle' and not exists (
      select from headgate.journal_transaction c where c.number = t.number + 1 and c.kind = 'charge'
        and c.key = case when c.detail ->> 'late' is null then 'ledger:lease-charge:' || t.key else headgate.late_key('ledger:lease-charge:' || t.key) end
        and c.amount::text = t.detail -> 'asked' ->> 'cost'
    ) then 'has a settlement without its charge'
  end
  from headgate.journal_transaction t left join headgate.journal_entry e on e.transaction = t.number
  where t.kind like 'lease-%'
)
select count(*) as checked, coalesce((array_agg('lease ' || id || ' ' || fault order by id) filter (where fault is not null))[1:100], '{}') as faults from judged
