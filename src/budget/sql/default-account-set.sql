-- Chooses it; a row when the account is there.
insert into headgate.default_account (person, account_id)
select $1, a.id from headgate.account a where a.name = $2 and a.kind <> 'outside'
on conflict (person) do update set account_id = excluded.account_id
returning account_id
