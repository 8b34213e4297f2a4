-- Open reservations on an award's account and below that can go on after its last day, the latest first. $1 award, $2 how many.
select h.id, a.name as account, t.person, t.subject, t.unit, h.remaining, said.until
from headgate.award w
join headgate.account a on a.path @> array[w.account_id]
join headgate.hold h on h.account_id = a.id and h.state = 'open'
join headgate.journal_transaction t on t.number = h.transaction
cross join lateral (
  select coalesce((
    select (r.detail ->> 'until')::timestamptz from headgate.journal_transaction r
    where r.hold_id = h.id and r.kind in ('renew', 'reprice') and r.detail ->> 'until' is not null order by r.number desc limit 1
  ), (t.detail ->> 'until')::timestamptz) as until
) said
where w.number = $1 and said.until > headgate.first_moment(w.ends_on + 1)
order by said.until desc, h.id limit $2
