-- Submissions whose next step was never made: the process ended between writing them down and the answer of the ledger.
select id, number, person, project, app, pool, reserved, expected, unit, formula, formula_words, array_spec, quote_id, tasks * (retry_count + 1) as charges, time_limit_s, grace_ms, reserve_at
from headgate.job
where pool = $1::text and state = 'submitted' and submitted_at < $2::timestamptz
order by number limit $3::integer
