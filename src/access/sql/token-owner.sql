select person from headgate.access_token where id = $1 and revoked_at is null
