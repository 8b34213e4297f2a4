select seen_at, expires_at from headgate.session where id = $1
