-- Reservations that an exemption let in, the latest first: who, when, what was asked, what it was charged. $1 accounts the work was on (null: all), $2 kind (null: both), $3 person
-- (null: all), $4 the number before which a page begins, $5 how many.
select u.transaction as number, b.booked_at as at, e.kind, a.name as account, t.unit, t.person, t.subject, u.hold_id, e.reason, e.approver, u.asked, h.charged + headgate.charged_beside(h.id) as charged, h.state
from headgate.exemption_use u
join headgate.exemption e on e.id = u.exemption
join headgate.hold h on h.id = u.hold_id
join headgate.account a on a.id = h.account_id
join headgate.journal_transaction t on t.number = u.transaction
join headgate.journal_batch b on b.number = t.number / 1024
where ($1::text[] is null or a.name = any ($1)) and ($2::text is null or e.kind = $2) and ($3::text is null or e.person = $3) and ($4::bigint is null or u.transaction < $4)
order by u.transaction desc
limit $5::integer
