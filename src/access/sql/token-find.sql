-- Who holds a token that is good now, by its secret or by the one before it; and whether that is to be noted (each $3 at most).
select t.id, p.name, p.admin,
  t.last_used_at is null or t.last_used_at <= $2::timestamptz - $3::interval or (t.hash = $1 and t.secret_used_at is null) as note
from headgate.access_token t join headgate.person p on p.name = t.person
where (t.hash = $1 or t.previous_hash = $1 and t.previous_until > $2)
  and t.revoked_at is null and (t.expires_at is null or t.expires_at > $2) and p.active
