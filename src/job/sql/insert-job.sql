-- Writes a submission down before anything else happens to it. The same key again gives no row.
with made as (
  insert into headgate.job (
    id, submit_key, submit_fingerprint, name, person, project, app, app_case, parameters_hash, spec, submission, quote_id, pool, cores, memory_mib,
    time_limit_s, grace_ms, array_spec, throttle, tasks, retry_count, retry_on, retry_of, unit, reserved, attempt_reserved, expected, formula, formula_words, run_estimate,
    reserve_at, state, submitted_at
  )
  select
    j.id, j.submit_key, j.submit_fingerprint, j.name, j.person, j.project, j.app, j.app_case, j.parameters_hash, j.spec, j.submission, j.quote_id, j.pool, j.cores, j.memory_mib,
    j.time_limit_s, j.grace_ms, j.array_spec, j.throttle, j.tasks, j.retry_count, j.retry_on, j.retry_of, j.unit, j.reserved, j.reserved / (j.tasks * (j.retry_count + 1)), j.expected, j.formula, j.formula_words, j.run_estimate,
    -- Decided once, here: what the account says later is for later jobs. A price that was promised for a time is taken up at once.
    coalesce(case when j.quote_id is not null then 'submission' end, (select (headgate.reserve_rule_of(a.path)).reserve_at from headgate.account a where a.name = j.project), 'submission'), 'submitted', j.submitted_at
  from jsonb_populate_record(null::headgate.job, $1::jsonb) j
  on conflict (submit_key) do nothing
  returning id, number, person, reserve_at, submitted_at
), depends as (
  insert into headgate.job_dependency (job_id, on_job_id, kind)
  select made.id, d.on_job_id, d.kind
  from made cross join jsonb_to_recordset($2::jsonb) as d (on_job_id uuid, kind text)
), journalled as (
  insert into headgate.job_event (job_id, from_state, to_state, at, who, why)
  select id, null, 'submitted', submitted_at, person, $3::text from made
)
select number, reserve_at from made
