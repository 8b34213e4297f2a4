-- Who pays nodes that wait for work, cluster by cluster, as it was decided last behind place $1 of the chain. At most $2.
select distinct on (t.subject) t.detail #>> '{asked,cluster}' as cluster, t.detail #>> '{asked,account}' as account, t.detail #>> '{asked,idle_payer}' as payer,
  (t.detail #>> '{asked,idle_minutes}')::integer as minutes
from headgate.account a join headgate.journal_transaction t on t.account_id = a.id join headgate.journal_batch b on b.number = t.number / 1024
where a.kind = 'overhead' and t.kind = 'overhead' and t.detail -> 'asked' is not null and b.position <= $1
order by t.subject, b.position desc, t.number desc
limit $2
