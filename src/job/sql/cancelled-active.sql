-- Running tasks that somebody wants to end.
select a.id as token, t.cancel_by, t.cancel_reason
from headgate.job_attempt a join headgate.job_task t on t.id = a.task_id
where a.pool = $1::text and a.state in ('starting', 'running') and t.cancel_requested_at is not null
