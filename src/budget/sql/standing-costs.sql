-- What costs money each day, of the accounts named (null: all).
select s.name, a.name as account, s.per_day, a.unit, s.formula, s.source
from headgate.standing_cost s join headgate.account a on a.id = s.account_id
where $1::text[] is null or a.name = any ($1)
order by s.per_day desc, s.name
limit 1000
