-- Tasks of a job by index, each with its last attempt and what it was charged. $2: one task alone.
select t.index, t.state, t.outcome, t.moved_why, t.queued_at, t.started_at, t.ended_at, t.flagged, a.elapsed_ms, a.started_at as attempt_started_at, coalesce(c.charged, 0)::bigint as charged,
  coalesce(c.estimated, false) as estimated
from headgate.job_task t
left join lateral (
  select elapsed_ms, started_at from headgate.job_attempt where task_id = t.id and state <> 'revoked' order by attempt desc limit 1
) a on true
left join lateral (
  select sum(charge) as charged, bool_or(figure = 'estimated') as estimated from headgate.job_attempt where task_id = t.id and state = 'settled'
) c on true
where t.job_id = $1::uuid and ($2::integer is null or t.index = $2::integer) and ($3::integer is null or t.index > $3::integer)
order by t.ordinal
limit $4::integer
