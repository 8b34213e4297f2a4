-- Movements of account $1 (null: of any, for the one of number $10) in the words of asbb, newest first: only of type $2, status $3, job number $4, booked from $5 to before $6 (null: any); of $7's own only, where $7 is
-- not null; at most $8 from $9 on; only the one of number $10.
with word as (
  select * from (values ('hold', 'hold'), ('settle', 'charge'), ('charge', 'charge'), ('refund', 'refund'), ('release', 'refund'), ('expire', 'refund'), ('write-off', 'adjustment'),
    ('absorb', 'adjustment'), ('allocate', 'allocation'), ('cut', 'allocation'), ('transfer', 'allocation')) w (kind, type)
)
select t.number, a.name as account, j.number as job, t.hold_id, w.type, t.amount, t.unit, t.why, t.person, t.key, b.booked_at,
  case when t.kind = 'hold' then case h.state when 'open' then 'pending' when 'settled' then 'completed' else 'cancelled' end else 'completed' end as status, h.closed_at
from headgate.account a
join headgate.journal_transaction t on t.account_id = a.id
join word w on w.kind = t.kind::text
join headgate.journal_batch b on b.number = t.number / 1024
left join headgate.hold h on h.id = t.hold_id
left join headgate.job j on j.id = case when t.subject ~ '^job:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then substr(t.subject, 5)::uuid end
where ($1::text is null and $10::bigint is not null or a.name = $1) and ($2::text is null or w.type = $2)
  and ($3::text is null or $3 = case when t.kind = 'hold' then case h.state when 'open' then 'pending' when 'settled' then 'completed' else 'cancelled' end else 'completed' end)
  and ($4::bigint is null or j.number = $4) and ($5::timestamptz is null or b.booked_at >= $5) and ($6::timestamptz is null or b.booked_at < $6)
  and ($7::text is null or t.person = $7) and ($10::bigint is null or t.number = $10)
order by t.number desc limit $8::integer offset $9::integer
