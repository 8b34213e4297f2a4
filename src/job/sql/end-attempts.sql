-- Attempts that are over, with what they cost; the task goes back to the queue when its rule allows another attempt, and ends when not.
with over as (
  select * from jsonb_to_recordset($1::jsonb) as o (
    token uuid, ended_at timestamptz, elapsed_ms bigint, outcome text, end_state text, exit_code integer, signal text, reason text, results jsonb,
    figure text, charge bigint, charge_words text, flagged boolean, again boolean, why text)
), attempts as (
  update headgate.job_attempt a set
    state = 'ended', ended_at = o.ended_at, elapsed_ms = o.elapsed_ms, outcome = o.outcome, end_state = o.end_state, exit_code = o.exit_code, signal = o.signal, reason = o.reason,
    results = o.results, figure = o.figure, charge = o.charge, charge_words = o.charge_words,
    ordinal = t.ordinal * (j.retry_count + 1) + t.attempts_ended + 1
  from over o, headgate.job_task t, headgate.job j
  where a.id = o.token and a.state in ('starting', 'running') and t.id = a.task_id and j.id = a.job_id
  returning a.id, a.task_id
)
update headgate.job_task t set
  state = case when d.again then 'queued' else 'ended' end,
  outcome = case when d.again then null when o.again then 'cancelled' else o.outcome end,
  attempts_ended = t.attempts_ended + 1,
  queued_at = case when d.again then o.ended_at else t.queued_at end,
  ended_at = case when d.again then null else o.ended_at end,
  flagged = t.flagged or o.flagged,
  moved_at = o.ended_at, moved_by = $2::text,
  moved_why = case when o.again and not d.again then 'cancelled by ' || d.cancel_by || ' before it was run again' else o.why end
from attempts a
join over o on o.token = a.id
join lateral (
  -- A cancel that came while the attempt ended keeps it from being run again.
  select o.again and c.cancel_requested_at is null as again, c.cancel_by from headgate.job_task c where c.id = a.task_id
) d on true
where t.id = a.task_id and t.state in ('starting', 'running')
returning a.id as token
