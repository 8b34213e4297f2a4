select id, person, label, created_by, created_at, expires_at
from headgate.access_token
where person = $1 and id > $2 and revoked_at is null and (expires_at is null or expires_at > $3)
order by id
limit $4
