-- What was reserved on account $1 and below it behind place $2 of the chain, hold by hold, the largest first: what is left of each now, less what was changed of it since. At most $3.
with node as (
  select id from headgate.account where name = $1
), since as (
  select m.hold_id, sum(m.held)::bigint as held from node cross join lateral headgate.node_moves(node.id, $2, (select position from headgate.journal_head)) m
  where m.hold_id is not null group by m.hold_id
), open as (
  select h.id, h.remaining from headgate.hold h join headgate.account a on a.id = h.account_id where h.state = 'open' and a.path @> array(select id from node)
), then_held as (
  select coalesce(o.id, s.hold_id) as id, coalesce(o.remaining, 0) - coalesce(s.held, 0) as amount from open o full join since s on s.hold_id = o.id
), held as (
  select * from then_held where amount > 0
)
select h.id, a.name as account, t.person, t.subject, h.amount, (select count(*) from held) as count, (select sum(amount)::bigint from held) as total
from held h join headgate.hold x on x.id = h.id join headgate.journal_transaction t on t.number = x.transaction join headgate.account a on a.id = x.account_id
order by h.amount desc, h.id limit $3
