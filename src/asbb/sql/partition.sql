-- The limit of a partition inside an account, or inside the nearest above it that has one.
select b.allocated, b.spent + b.held + b.leased as used
from headgate.account a join headgate.spending_limit l on l.account_id = any (a.path) and l.scope = 'partition' and l.subject = $2 join headgate.balance b on b.node_id = l.id
where a.name = $1 order by l.account_id desc limit 1
