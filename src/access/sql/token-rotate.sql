-- Gives a living token a new secret. The one before it stays good until $4; so does one before that when nobody ever came with the one between, whose answer
-- may have been lost. With $4 = now nothing old stays good.
update headgate.access_token
set hash = $2,
  previous_hash = case
    when $4::timestamptz <= $3::timestamptz then null
    when secret_used_at is null and previous_until > $3 then previous_hash
    else hash end,
  previous_until = case when $4::timestamptz <= $3::timestamptz then null else least($4::timestamptz, expires_at) end,
  rotated_at = $3,
  secret_used_at = null,
  expires_at = coalesce($5::timestamptz, expires_at)
where id = $1 and revoked_at is null and (expires_at is null or expires_at > $3)
returning id, person, label, created_by, created_at, expires_at, last_used_at, rotated_at, previous_until
