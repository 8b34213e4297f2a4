-- Awards for which the calendar asks something at $1.
select w.number from headgate.award w
where exists (
  select from headgate.award_release r where r.award = w.number and r.gate = 'date' and headgate.first_moment(r.due_on) <= $1
    and not exists (select from headgate.journal_transaction t where t.key = headgate.release_key(r.award, r.ordinal))
) or exists (
  select from headgate.award_periods(w) p where headgate.first_moment(p.ends_on + 1) <= $1
    and not exists (select from headgate.journal_transaction t where t.key = headgate.period_key(w.number, p.ordinal, p.ends_on))
)
order by w.number limit 500
