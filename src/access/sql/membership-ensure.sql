-- Makes a membership that is not there yet; one that is there keeps its role.
insert into headgate.membership (person, account, role, granted_by, granted_at, from_at, until_at)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (person, account) do nothing
returning person
