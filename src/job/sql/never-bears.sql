select n.code, n.level, n.available, n.at from headgate.never_bears($1::text, $2::text, $3::text, $4::bigint, $5::timestamptz, $6::timestamptz) n where n.code is not null
