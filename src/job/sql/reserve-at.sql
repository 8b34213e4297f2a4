select (headgate.reserve_rule_of(a.path)).reserve_at from headgate.account a where a.name = $1::text
