-- The open reservation of a standing cost, and the day that its key names.
select h.id, substring(t.key from '^standing-hold:.+?:([0-9]{4}-[0-9]{2}-[0-9]{2})(?::again:.*)?$') as held_to
from headgate.standing_cost s
join headgate.hold h on h.account_id = s.account_id and h.state = 'open'
join headgate.journal_transaction t on t.number = h.transaction
where s.name = $1 and t.subject = 'standing:' || s.name and starts_with(t.key, 'standing-hold:' || s.name || ':')
order by t.number desc limit 1
