-- Who holds a token that is good now.
select t.id, p.name, p.admin
from headgate.access_token t join headgate.person p on p.name = t.person
where t.hash = $1 and t.revoked_at is null and (t.expires_at is null or t.expires_at > $2) and p.active
