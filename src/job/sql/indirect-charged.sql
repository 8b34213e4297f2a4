-- The indirect cost that was charged beside charges of these keys: $1 their tokens, $2 the keys; a reservation out of several funds has a charge on each.
select asked.token, sum(t.amount)::bigint as indirect
from unnest($1::text[], $2::text[]) as asked (token, key) cross join generate_series(1, 8) as part
join headgate.journal_transaction t on t.key = headgate.indirect_key(headgate.fund_key(asked.key, part)) and t.kind = 'charge'
where exists (select from headgate.award_indirect)
group by asked.token
