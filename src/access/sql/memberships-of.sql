select person, account, role, granted_by, granted_at, from_at, until_at from headgate.membership where person = $1 order by account limit 1000
