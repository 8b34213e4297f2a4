-- What account $1 and all below it spent from day $2 to day $3 of time zone $4, by date of service; a refund counts on the day of what it mends. Only days on which there was something.
select (coalesce(m.effective_at, t.effective_at) at time zone $4::text)::date::text as day,
  sum(case when t.kind in ('refund', 'write-off') then -t.amount else t.amount end)::bigint as amount
from headgate.account named
join headgate.account a on a.path @> array[named.id]
join headgate.journal_transaction t on t.account_id = a.id and t.kind in ('settle', 'charge', 'refund', 'write-off')
left join headgate.journal_transaction m on m.number = t.mends
where named.name = $1 and (coalesce(m.effective_at, t.effective_at) at time zone $4::text)::date between $2::date and $3::date
group by 1 having sum(case when t.kind in ('refund', 'write-off') then -t.amount else t.amount end) <> 0
order by 1
