-- Counts that the ledger is about to be asked, before it is: each asking has a number and with it a key of its own, and one whose answer was not written down
-- (the process was killed) is asked again under the same.
update headgate.job set hold_asks = hold_answers + 1
where id = any ($1::uuid[]) and hold_id is null and to_reserve is not null and hold_closed_at is null and (tasks_queued > 0 or hold_asks > hold_answers)
returning id, number, person, project, app, pool, to_reserve as reserved, expected, unit, formula, formula_words, array_spec, quote_id, tasks * (retry_count + 1) as charges, time_limit_s, grace_ms, reserve_at, hold_asks
