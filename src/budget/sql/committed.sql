-- What open reservations of account $1 and all below it are expected to charge still, by the day of time zone $2 on which they end (null: no end is named); all of
-- it where nothing is expected. Those of standing costs, which are charged day by day, are not in it.
select (h.expires_at at time zone $2::text)::date::text as day, count(*)::integer as count,
  sum(case when t.detail ->> 'expected' is null then h.remaining else least(h.remaining, greatest((t.detail ->> 'expected')::bigint - h.charged, 0)) end)::bigint as amount
from headgate.account named
join headgate.account a on a.path @> array[named.id]
join headgate.hold h on h.account_id = a.id and h.state = 'open'
join headgate.journal_transaction t on t.number = h.transaction
where named.name = $1 and t.subject not like 'standing:%'
group by 1 order by 1
