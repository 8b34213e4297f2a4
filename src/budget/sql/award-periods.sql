-- The budget periods of award $1, with what was spent by date of service. A refund counts in the period of what it mends.
with spent as (
  select (coalesce(m.effective_at, t.effective_at) at time zone 'UTC')::date as day,
    sum(case when t.kind in ('refund', 'write-off') then -t.amount else t.amount end) as amount
  from headgate.award w
  join headgate.account a on a.path @> array[w.account_id]
  join headgate.journal_transaction t on t.account_id = a.id and t.kind in ('settle', 'charge', 'refund', 'write-off')
  left join headgate.journal_transaction m on m.number = t.mends
  where w.number = $1 group by 1
)
select p.ordinal, p.starts_on::text, p.ends_on::text, coalesce((select sum(s.amount) from spent s where s.day between p.starts_on and p.ends_on), 0)::bigint as spent,
  c.amount as lapsed, (c.detail ->> 'left')::bigint as left_over
from headgate.award w cross join lateral headgate.award_periods(w) p
left join headgate.journal_transaction c on c.key = headgate.period_key(w.number, p.ordinal, p.ends_on)
where w.number = $1 order by p.ordinal
