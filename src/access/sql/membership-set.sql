insert into headgate.membership (person, account, role, granted_by, granted_at, from_at, until_at)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (person, account) do update set role = excluded.role, granted_by = excluded.granted_by, granted_at = excluded.granted_at,
  from_at = excluded.from_at, until_at = excluded.until_at
returning person, account, role, granted_by, granted_at, from_at, until_at
