-- Quotes, the newest first. $1 accounts (null: all), $2 one id (null: all), $3 only those that can be used at this time (null: all), $4 the id before which a page begins (null: from the
-- newest), $5 how many. Ids ascend with time.
select q.id, a.name as account, q.unit, q.amount, q.formula, q.words, q.free, q.work, q.reason, q.person, q.made_at, q.valid_until, q.hold_id, q.used_at
from headgate.quote q join headgate.account a on a.id = q.account_id
where ($1::text[] is null or a.name = any ($1)) and ($2::uuid is null or q.id = $2) and ($3::timestamptz is null or q.hold_id is null and q.valid_until > $3)
  and ($4::uuid is null or q.id < $4)
order by q.id desc
limit $5
