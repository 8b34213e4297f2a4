-- What is on the schedule. $1 accounts (null: all), $2 one award (null: all), $3 and $4 award and ordinal after which a page begins, $5 how many.
select r.award, a.name as account, a.unit, r.ordinal, r.amount, r.gate, r.due_on::text, r.label, t.effective_at as released_at, t.number as transaction, t.why as words, t.by_person as released_by
from headgate.award_release r
join headgate.award w on w.number = r.award
join headgate.account a on a.id = w.account_id
left join headgate.journal_transaction t on t.key = headgate.release_key(r.award, r.ordinal)
where ($1::text[] is null or a.name = any ($1)) and ($2::text is null or r.award = $2) and (r.award collate "C", r.ordinal) > ($3::text, $4::integer)
order by r.award collate "C", r.ordinal limit $5
