-- The parts of the reservations in $1 that are out of several funds.
select p.leader_id, a.name as account, h.id as hold_id, h.amount, h.remaining, h.charged
from headgate.hold_part p join headgate.hold h on h.id = p.hold_id join headgate.account a on a.id = h.account_id
where p.leader_id = any ($1::uuid[])
order by p.leader_id, p.ordinal
