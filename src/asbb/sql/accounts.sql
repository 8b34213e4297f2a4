-- What asbb says of an account beside what the budget room does: when it was made and changed last, and whether an award gives its money in parts. $1 names.
select a.name, a.created_at, coalesce((select max(b.booked_at) from headgate.journal_transaction t join headgate.journal_batch b on b.number = t.number / 1024 where t.account_id = a.id), a.created_at) as updated_at,
  w.number is not null as incremental, (
    select min(r.due_on)::text from headgate.award_release r
    where r.award = w.number and not exists (select from headgate.journal_transaction d where d.key = headgate.release_key(r.award, r.ordinal))) as next_due
from headgate.account a left join headgate.award w on w.account_id = a.id
where a.name = any ($1)
