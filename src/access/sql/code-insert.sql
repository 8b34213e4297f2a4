insert into headgate.sign_in_code (hash, person, created_by, created_at, expires_at) values ($1, $2, $3, $4, $5)
