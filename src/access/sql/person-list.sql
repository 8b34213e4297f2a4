-- People by name from after $1 on: all ($2), or those with whom $3 shares an account, and $3.
select name, display_name, email, admin, active, created_at
from headgate.person p
where p.name > $1
  and ($2 or p.name = $3 or exists (
    select from headgate.membership mine join headgate.membership theirs using (account)
    where mine.person = $3 and theirs.person = p.name))
order by p.name
limit $4
