-- That a token was used now, by the secret with this hash.
update headgate.access_token
set last_used_at = greatest(last_used_at, $3::timestamptz),
  secret_used_at = case when hash = $2 then $3::timestamptz else secret_used_at end
where id = $1
