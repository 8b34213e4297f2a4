-- The indirect cost in what accounts ($1) and all below them have spent and reserved, of those whose awards, or those of accounts above or below them, have a rate.
select n.name as account, n.unit, coalesce(s.amount, 0)::bigint as spent, coalesce(h.amount, 0)::bigint as reserved
from headgate.account n
cross join lateral (
  select sum(case when t.kind = 'charge' then t.amount else -t.amount end) as amount
  from headgate.account a join headgate.journal_transaction t on t.account_id = a.id
  where a.path @> array[n.id] and t.subject like 'indirect:%' and t.kind in ('charge', 'refund', 'write-off')
) s
cross join lateral (
  select sum(o.remaining - headgate.direct_of(o.remaining, (t.detail #>> '{indirect,rate}')::integer)) as amount
  from headgate.account a join headgate.hold o on o.account_id = a.id and o.state = 'open' join headgate.journal_transaction t on t.number = o.transaction
  where a.path @> array[n.id] and t.detail -> 'indirect' is not null
) h
where n.name = any ($1) and exists (
  select from headgate.award_indirect i join headgate.award w on w.number = i.award join headgate.account own on own.id = w.account_id
  where i.rate > 0 and (own.path @> array[n.id] or n.path @> array[own.id]))
order by n.id
