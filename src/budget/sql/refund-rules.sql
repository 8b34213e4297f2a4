-- Refund rules of accounts $1 (null: all) as they stand, or with $2 every one that ever stood; the newest of an account first. $3 the account and $4 the ordinal after which a page
-- begins, $5 how many.
select a.name as account, r.ordinal, r.state, r.share, r.since, r.reason, r.person
from headgate.refund_rule r join headgate.account a on a.id = r.account_id
where ($1::text[] is null or a.name = any ($1))
  and ($2::boolean or r.share is not null and not exists (
    select from headgate.refund_rule n where n.account_id = r.account_id and n.state = r.state and n.ordinal > r.ordinal))
  and (a.name collate "C", -r.ordinal) > ($3 collate "C", -$4::integer)
order by a.name collate "C", r.ordinal desc
limit $5
