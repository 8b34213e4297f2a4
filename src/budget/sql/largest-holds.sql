-- The largest open reservations that count against a node.
select h.id
from headgate.hold h
join headgate.journal_transaction t on t.number = h.transaction
where h.state = 'open' and t.nodes @> array[$1::integer]
order by h.remaining desc, h.id
limit $2
