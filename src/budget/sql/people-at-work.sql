-- How many people had a reservation placed in account $1 and all below it since $2; standing costs are nobody's.
select count(distinct t.person)::integer as count
from headgate.account named
join headgate.account a on a.path @> array[named.id]
join headgate.journal_transaction t on t.account_id = a.id and t.kind = 'hold'
where named.name = $1 and t.effective_at >= $2::timestamptz and t.subject not like 'standing:%'
