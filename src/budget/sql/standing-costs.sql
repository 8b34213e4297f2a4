-- Standing costs by name. $1 accounts (null: all), $2 one cost (null: all), $3 only what stands on that day or later, or has a reservation still (null: all), $4 the name after which a
-- page begins, $5 how many.
select s.name, a.name as account, a.unit, s.per_day, s.formula, s.source, s.person, s.starts_on::text, s.ends_on::text, s.accrued_to::text, s.hold_id, s.held_to::text,
  (select (min(b.ends_at) at time zone 'UTC' - interval '1 microsecond')::date::text from headgate.balance b where b.node_id = any (a.path)) as payer_ends_on,
  placed.amount as placed_amount, placed.upto as placed_to,
  (select s.held_to::text from headgate.hold h where h.id = s.hold_id and h.state = 'open') as reserved_to
from headgate.standing_cost s join headgate.account a on a.id = s.account_id
-- Its reservation as it was placed: what has become of it since may be known only in part.
left join lateral (
  select coalesce((t.detail #>> '{funds,asked}')::bigint, t.amount) amount, substring(t.key from '^standing-hold:.+?:([0-9]{4}-[0-9]{2}-[0-9]{2})(?::again:.*)?$') upto
  from headgate.hold h join headgate.journal_transaction t on t.number = h.transaction where h.id = s.hold_id
) placed on true
where ($1::text[] is null or a.name = any ($1)) and ($2::text is null or s.name = $2) and s.name > $4::text
  and ($3::date is null or s.ends_on is null or s.ends_on >= $3::date or s.accrued_to < s.ends_on or s.hold_id is not null)
order by s.name
limit $5::integer
