insert into headgate.membership (person, account, role, granted_by, granted_at)
values ($1, $2, $3, $4, $5)
on conflict (person, account) do update set role = excluded.role, granted_by = excluded.granted_by, granted_at = excluded.granted_at
returning person, account, role, granted_by, granted_at
