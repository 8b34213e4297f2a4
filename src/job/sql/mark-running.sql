-- The process has proved itself by its start marker.
with seen as (
  select * from jsonb_to_recordset($1::jsonb) as s (token uuid, pid integer, pid_start bigint, started_at timestamptz)
), attempts as (
  update headgate.job_attempt a set state = 'running', pid = s.pid, pid_start = s.pid_start, started_at = s.started_at
  from seen s where a.id = s.token and a.state = 'starting'
  returning a.task_id, a.started_at, a.pid
)
update headgate.job_task t set state = 'running', started_at = coalesce(t.started_at, a.started_at), moved_at = a.started_at, moved_by = $2::text, moved_why = 'process ' || a.pid
from attempts a where t.id = a.task_id and t.state = 'starting'
