-- Gives no row when the person has $8 living tokens already.
insert into headgate.access_token (id, person, hash, label, created_by, created_at, expires_at)
select $1::uuid, $2::text, $3::bytea, $4::text, $5::text, $6::timestamptz, $7::timestamptz
where (select count(*) from headgate.access_token
       where person = $2 and revoked_at is null and (expires_at is null or expires_at > $6)) < $8::int
returning id
