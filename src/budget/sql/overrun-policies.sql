-- Overrun policies by the name of the account. $1 accounts (null: all), $2 the name after which a page begins, $3 how many.
select a.name as account, p.policy, v.name as advance, p.since, p.person, p.reason
from headgate.overrun_policy p join headgate.account a on a.id = p.account_id left join headgate.account v on v.id = p.advance_id
where ($1::text[] is null or a.name = any ($1)) and a.name collate "C" > $2
order by a.name collate "C"
limit $3::integer
