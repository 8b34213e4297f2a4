-- The standing costs of account $1 and all below it that stood on day $2 or later.
select s.name, s.per_day, s.starts_on::text, s.ends_on::text
from headgate.account named
join headgate.account a on a.path @> array[named.id]
join headgate.standing_cost s on s.account_id = a.id
where named.name = $1 and (s.ends_on is null or s.ends_on >= $2::date)
order by s.name
