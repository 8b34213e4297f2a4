select a.name, b.starts_at, b.ends_at, w.number as award
from headgate.account a join headgate.balance b on b.node_id = a.id left join headgate.award w on w.account_id = a.id
where a.name = any ($1::text[])
