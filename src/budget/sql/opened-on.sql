-- The day on which account $1 was opened.
select (a.created_at at time zone 'UTC')::date::text as day from headgate.account a where a.name = $1
