-- Costs that stand and touch the days from $1 to before $2.
select c.from_day::text as from_day, c.to_day::text as to_day, c.amount, c.category
from headgate.recharge_cost c
where c.reverses is null and not exists (select from headgate.recharge_cost r where r.reverses = c.number) and c.from_day < $2::date and c.to_day >= $1::date
order by c.number
