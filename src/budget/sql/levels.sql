-- Every level that work on an account counts against, from the root: its path, and the limits inside it for a person ($2) if there are any.
select headgate.node_name(b.node_id) as name, coalesce(a.kind, l.scope || '-limit') as kind, b.node_id, b.unit, b.status, b.stopped, b.starts_at, b.ends_at,
  b.allocated, b.overrun, b.spent, b.held, b.leased
from headgate.account target
join headgate.balance b on b.node_id = any (target.path)
  or b.node_id in (select s.id from headgate.spending_limit s where s.account_id = any (target.path) and (s.scope = 'partition' or s.subject = $2))
left join headgate.account a on a.id = b.node_id
left join headgate.spending_limit l on l.id = b.node_id
where target.name = $1 and target.kind <> 'outside'
order by b.node_id
