-- The balance of account $1 as it was after everything that was booked up to $2.
select a.name, a.unit, l.booked_at as as_of, b.allocated, b.overrun, b.spent, b.held, b.leased
from (select a.id, a.name, a.unit, headgate.chain_before($2::timestamptz + interval '1 microsecond') as upto from headgate.account a where a.name = $1) a
cross join lateral headgate.balance_behind(a.id, a.upto) b
left join headgate.journal_batch l on l.position = a.upto
