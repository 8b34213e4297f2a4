-- Jobs that somebody may see, newest first. $1: the viewer, or null for everything; $2: accounts whose jobs the viewer sees.
select j.id, j.number, j.name, j.person, j.project, j.app, j.app_case, j.state, j.outcome, j.reason, j.cores, j.memory_mib, j.time_limit_s, j.array_spec, j.throttle, j.tasks,
  j.tasks_waiting, j.tasks_queued, j.tasks_starting, j.tasks_running, j.tasks_ended, j.tasks_settled, j.tasks_completed,
  j.submitted_at, j.started_at, j.ended_at, a.elapsed_ms, a.started_at as attempt_started_at, j.unit, j.reserved, j.reserved_indirect, j.charged, j.indirect, j.returned, j.figure, j.flagged
from headgate.job j
left join lateral (
  select elapsed_ms, started_at from headgate.job_attempt where j.tasks = 1 and job_id = j.id and state <> 'revoked' order by attempt desc limit 1
) a on true
where ($1::text is null or j.person = $1::text or j.project = any($2::text[]))
  and ($3::text[] is null or j.state = any($3::text[]) or j.outcome = any($3::text[]))
  and ($4::text is null or j.person = $4::text)
  and ($5::text is null or j.project = $5::text)
  and ($6::text is null or j.app = $6::text)
  and ($7::bigint is null or j.number < $7::bigint)
order by j.number desc
limit $8::integer
