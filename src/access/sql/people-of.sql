select account, person, role from headgate.membership where account = any ($1::text[]) order by account, person
