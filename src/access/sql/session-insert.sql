insert into headgate.session (id, person, hash, rotated_at, created_at, seen_at, expires_at) values ($1, $2, $3, $4, $4, $4, $5)
