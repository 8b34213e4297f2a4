-- Exemptions, the latest first. $1 accounts (null: all), $2 kind (null: both), $3 person (null: all), $4 only those that stand then or later (null: all), $5 the number before which
-- a page begins, $6 how many.
select e.id as number, e.kind, a.name as account, a.unit, e.person, e.starts_at, e.ends_at, e.reason, e.approver, e.given_by, e.withdrawn_at, e.withdrawn_by, e.withdrawn_why,
  used.uses::integer, used.charged
from headgate.exemption e join headgate.account a on a.id = e.account_id
cross join lateral (
  select count(*) as uses, coalesce(sum(h.charged + headgate.charged_beside(h.id)), 0)::bigint as charged from headgate.exemption_use u join headgate.hold h on h.id = u.hold_id where u.exemption = e.id
) used
where ($1::text[] is null or a.name = any ($1)) and ($2::text is null or e.kind = $2) and ($3::text is null or e.person = $3)
  and ($4::timestamptz is null or (e.withdrawn_at is null and (e.ends_at is null or e.ends_at > $4))) and ($5::bigint is null or e.id < $5)
order by e.id desc
limit $6::integer
