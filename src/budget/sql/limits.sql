-- The limits for people and partitions inside an account ($1), with their balances; one of them when scope ($2) and subject ($3) are given. 500 at most.
select a.name as account, l.scope, l.subject, headgate.node_name(b.node_id) as name, b.unit, b.status, b.starts_at, b.ends_at,
  b.allocated, b.overrun, b.spent, b.held, b.leased
from headgate.account a
join headgate.spending_limit l on l.account_id = a.id
join headgate.balance b on b.node_id = l.id
where a.name = $1 and ($2::text is null or (l.scope, l.subject) = ($2, $3))
order by l.scope, l.subject
limit 500
