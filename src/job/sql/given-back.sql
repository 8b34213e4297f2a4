-- What reservations gave back when they were closed by hand, or because their time was over.
select hold_id, sum(amount)::bigint as amount
from headgate.journal_transaction
where hold_id = any ($1::uuid[]) and kind in ('release', 'expire')
group by hold_id
