-- Jobs that are over and never had a reservation: there is nothing to give back.
update headgate.job set hold_closed_at = $2::timestamptz
where pool = $1::text and state = 'ended' and hold_id is null and to_reserve is not null and hold_closed_at is null and hold_asks = hold_answers
returning id
