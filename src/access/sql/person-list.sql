-- People by name from after $1 on: all ($2), or those with whom $3 shares an account, and $3. A part whose time ($5) is not now counts for nothing.
select name, display_name, email, admin, active, created_at
from headgate.person p
where p.name > $1
  and ($2 or p.name = $3 or exists (
    select from headgate.membership mine join headgate.membership theirs using (account)
    where mine.person = $3 and theirs.person = p.name
      and (mine.from_at is null or mine.from_at <= $5) and (mine.until_at is null or mine.until_at > $5)))
order by p.name
limit $4
