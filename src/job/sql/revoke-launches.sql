-- Recovery was at the start marker before the process: nothing ran and nothing will, so the task goes back to the queue under a new token.
with revoked as (
  update headgate.job_attempt a set state = 'revoked'
  where a.id = any($1::uuid[]) and a.state = 'starting'
  returning a.task_id
)
update headgate.job_task t set
  state = case when t.cancel_requested_at is null then 'queued' else 'ended' end,
  outcome = case when t.cancel_requested_at is null then null else 'cancelled' end,
  ended_at = case when t.cancel_requested_at is null then null else $2::timestamptz end,
  moved_at = $2::timestamptz, moved_by = $3::text,
  moved_why = case when t.cancel_requested_at is null then 'the launch did not come about' else 'cancelled by ' || t.cancel_by end
from revoked r where t.id = r.task_id and t.state = 'starting'
