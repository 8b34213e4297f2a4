select a.name, b.starts_at, b.ends_at from headgate.account a join headgate.balance b on b.node_id = a.id where a.name = any ($1::text[])
