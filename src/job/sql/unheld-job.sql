select id, number, person, project, app, pool, reserved, expected, unit, formula, formula_words, array_spec, quote_id, tasks * (retry_count + 1) as charges, time_limit_s, grace_ms, reserve_at
from headgate.job where id = $1::uuid and state = 'submitted'
