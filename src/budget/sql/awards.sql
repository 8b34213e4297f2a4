-- Awards with what was released of them. $1 accounts (null: all), $2 one number (null: all), $3 the number after which a page begins, $4 how many, $5 only those that run on this day.
select w.number, a.name as account, a.unit, w.agency, w.title, w.pi, w.starts_on::text, w.ends_on::text, w.total, w.period_months, w.carry, w.through, f.name as late_account, w.closeout_days, w.facts,
  (select coalesce(sum(r.amount), 0)::bigint from headgate.award_release r where r.award = w.number) as scheduled,
  (select coalesce(sum(t.amount), 0)::bigint from headgate.award_release r join headgate.journal_transaction t on t.key = headgate.release_key(r.award, r.ordinal)
    where r.award = w.number) as released,
  (select coalesce(sum(t.amount), 0)::bigint from headgate.journal_transaction t
    where t.account_id = w.late_account_id and t.kind = 'charge' and t.detail ->> 'late' = w.number) as late
from headgate.award w join headgate.account a on a.id = w.account_id left join headgate.account f on f.id = w.late_account_id
where ($1::text[] is null or a.name = any ($1)) and ($2::text is null or w.number = $2) and w.number collate "C" > $3
  and ($5::date is null or $5::date between w.starts_on and w.ends_on)
order by w.number collate "C" limit $4
