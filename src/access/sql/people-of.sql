select person, account, role, granted_by, granted_at, from_at, until_at from headgate.membership where account = any ($1::text[]) order by account, person
