-- Memberships after ($1, $2) in order of account and person. $3 an account or null, $4 a person or null;
-- $5: all of them, else those of $6 and those of the accounts named in $7.
select person, account, role, granted_by, granted_at, from_at, until_at
from headgate.membership
where (account, person) > ($1, $2)
  and ($3::text is null or account = $3)
  and ($4::text is null or person = $4)
  and ($5 or person = $6 or account = any ($7::text[]))
order by account, person
limit $8
