-- Makes a person who is not there yet; gives a row only when it did.
insert into headgate.person (name, display_name, email, admin, created_at)
values ($1, $2, $3, $4, $5)
on conflict (name) do nothing
returning name, display_name, email, admin, active, created_at
