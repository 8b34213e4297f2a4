-- Leases, newest first. $1 accounts (null: all), $2 state (null: any), $3 one lease (null: all), $4 the transaction before which a page begins (null: from the newest), $5 how many.
select l.transaction, l.id, a.name as account, a.unit, t.person as holder, t.why, l.amount, l.remaining, l.recall, l.state, t.effective_at as opened_at, l.expires_at, l.closed_at
from headgate.lease l
join headgate.journal_transaction t on t.number = l.transaction
join headgate.account a on a.id = l.account_id
where ($1::text[] is null or a.name = any ($1)) and ($2::text is null or l.state = $2) and ($3::uuid is null or l.id = $3) and ($4::bigint is null or l.transaction < $4)
order by l.transaction desc
limit $5
