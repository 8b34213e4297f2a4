-- Overhead accounts of clusters, by cluster. $1 accounts (null: all), $2 one cluster (null: all), $3 the cluster after which a page begins, $4 how many.
select o.cluster, a.name as account, a.unit, o.alarm, o.idle_payer, o.idle_minutes, o.raised_at, o.cleared_at, b.allocated, b.overrun, b.spent, b.held, b.leased
from headgate.overhead o join headgate.account a on a.id = o.account_id join headgate.balance b on b.node_id = o.account_id
where ($1::text[] is null or a.name = any ($1)) and ($2::text is null or o.cluster = $2) and o.cluster > $3::text
order by o.cluster
limit $4::integer
