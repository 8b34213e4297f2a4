-- The session that a secret belongs or belonged to, and its person.
select s.id, s.person, s.hash, s.next_hash, s.next_offered_at, s.previous_hash, s.rotated_at, s.seen_at, s.expires_at, p.admin, p.active
from headgate.session s join headgate.person p on p.name = s.person
where s.hash = $1 or s.next_hash = $1 or s.previous_hash = $1
