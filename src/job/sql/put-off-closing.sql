-- The ledger refused to give the rest of these holds back: a person should look, and it is asked for again later.
update headgate.job set flagged = true, close_after = $2::timestamptz, reason = $3::text where id = any($1::uuid[]) and hold_closed_at is null
