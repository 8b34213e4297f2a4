select j.id, j.number, j.name, j.person, j.project, j.app, j.app_case, j.state, j.outcome, j.reason, j.cores, j.memory_mib, j.time_limit_s, j.grace_ms, j.array_spec, j.throttle, j.tasks,
  j.tasks_waiting, j.tasks_queued, j.tasks_starting, j.tasks_running, j.tasks_ended, j.tasks_settled, j.tasks_completed,
  j.submitted_at, j.started_at, j.ended_at, a.elapsed_ms, a.started_at as attempt_started_at, j.unit, j.reserved, j.reserved_indirect, j.charged, j.indirect, j.returned, j.overrun, j.figure, j.flagged,
  j.spec, j.submission, j.retry_count, j.retry_on, r.number as retry_of, j.expected, j.formula, j.formula_words, j.run_estimate, j.hold_id, j.hold_closed_at, j.to_reserve, j.short_since, j.pool, j.refusal,
  (select t.detail -> 'exempt' from headgate.hold h join headgate.journal_transaction t on t.number = h.transaction where h.id = j.hold_id::uuid) as exempt
from headgate.job j
left join headgate.job r on r.id = j.retry_of
left join lateral (
  select elapsed_ms, started_at from headgate.job_attempt where j.tasks = 1 and job_id = j.id and state <> 'revoked' order by attempt desc limit 1
) a on true
where j.number = $1::bigint
