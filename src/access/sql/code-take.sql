-- Uses a code up: of any number of attempts at once only one gets the row.
with taken as (delete from headgate.sign_in_code where hash = $1 returning person, expires_at)
select p.name, p.admin
from taken join headgate.person p on p.name = taken.person
where taken.expires_at > $2 and p.active
