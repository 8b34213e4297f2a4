select id, person, label, created_by, created_at, expires_at, last_used_at, rotated_at, previous_until
from headgate.access_token
where person = $1 and id > $2 and revoked_at is null and (expires_at is null or expires_at > $3)
order by id
limit $4
