-- What a cluster's overhead came to by kind, by date of service, less what was refunded or written off of it. $1 cluster, $2 from, $3 before; $4 accounts (null: all).
select t.detail ->> 'overhead' as kind, count(*)::integer as charges,
  sum(t.amount - coalesce((select sum(m.amount) from headgate.journal_transaction m where m.mends = t.number and m.kind in ('refund', 'write-off')), 0))::bigint as amount
from headgate.journal_transaction t join headgate.account a on a.id = t.account_id
where t.kind = 'charge' and t.detail ->> 'overhead' is not null and t.detail ->> 'cluster' = $1 and t.effective_at >= $2 and t.effective_at < $3
  and ($4::text[] is null or a.name = any ($4))
group by 1 order by 1
