-- The messages to a destination that are next, in their order.
select m.id, m.place, m.alert, m.event, m.facts, m.created_at
from headgate.alert_message m where m.destination = $1 and m.place > $2::bigint order by m.place limit $3::integer
