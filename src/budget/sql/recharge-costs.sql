-- Costs of the service with who took them back. $1 the number after which a page begins, $2 how many.
select c.number, c.from_day::text as from_day, c.to_day::text as to_day, c.amount, c.category, c.document, c.reverses, r.number as reversed_by, c.person, c.recorded_at
from headgate.recharge_cost c left join headgate.recharge_cost r on r.reverses = c.number
where c.number > $1 order by c.number limit $2
