-- Jobs that are over, for which the ledger was asked and nobody wrote down what it answered.
select id from headgate.job
where pool = $1::text and state = 'ended' and hold_id is null and to_reserve is not null and hold_closed_at is null and hold_asks > hold_answers
order by number limit $2::integer
