-- Rates of service units, by account, the newest first. $1: accounts, or null for all; $2, $3: the account and ordinal after which a page begins; $4: how many.
select a.name as account, r.ordinal, r.rate, r.dated::text as dated, r.source, r.approver, r.person, r.recorded_at
from headgate.su_rate r join headgate.account a on a.id = r.account_id
where ($1::text[] is null or a.name = any ($1)) and (a.name collate "C" > $2 or a.name = $2 and r.ordinal < $3)
order by a.name collate "C", r.ordinal desc
limit $4
