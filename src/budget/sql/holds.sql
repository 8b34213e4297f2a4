-- Reservations, newest first. $1 accounts (null: all), $2 state (null: any), $3 the transaction before which a page begins (null: from the newest), $4 how many,
-- $5 the person (null: anyone), $6 placed before when (null: any time).
select h.transaction, h.id, a.name as account, t.person, t.subject, t.unit, h.amount, h.remaining, h.charged, h.state, t.detail, b.booked_at as created_at, h.expires_at, h.closed_at,
  (
    select json_agg(json_build_object('attempt', c.ordinal, 'charged', c.charged::text, 'figure', c.figure, 'at', c.at) order by c.ordinal)
    from (select * from headgate.attempt c where c.hold_id = h.id order by c.ordinal desc limit 100) c
  ) as attempts,
  -- As it was placed, and each change of it.
  (
    select json_agg(json_build_object('at', c.effective_at, 'why', c.why, 'amount', coalesce(c.detail ->> 'total', c.amount::text), 'expires_at', c.expires_at,
      'formula', coalesce(c.detail -> 'formula', c.detail -> 'why' -> 'formula')) order by c.number)
    from (
      select * from headgate.journal_transaction c where c.number = h.transaction
      union all
      (select * from headgate.journal_transaction c where c.hold_id = h.id and c.kind in ('renew', 'reprice') order by c.number desc limit 100)
    ) c
  ) as history
from headgate.journal_transaction t
join headgate.hold h on h.id = t.hold_id
join headgate.journal_batch b on b.number = t.number / 1024
join headgate.account a on a.id = t.account_id
where t.kind = 'hold' and ($1::text[] is null or t.account_id = any (array(select n.id from headgate.account n where n.name = any ($1))))
  and ($2::text is null or h.state = $2) and ($3::bigint is null or t.number < $3)
  and ($5::text is null or t.person = $5) and ($6::timestamptz is null or b.booked_at < $6)
order by t.number desc
limit $4
