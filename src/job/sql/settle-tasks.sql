-- Tasks whose every attempt is charged. The last tasks of an array stay `ended` until the rest of its hold has been given back.
update headgate.job_task t set state = 'settled', moved_at = $2::timestamptz, moved_by = $3::text, moved_why = 'charged'
from headgate.job j
where j.id = t.job_id and t.state = 'ended' and j.pool = $1::text and j.tasks_ended > 0
  and (j.hold_closed_at is not null or j.tasks_ended + j.tasks_settled < j.tasks)
  and not exists (select from headgate.job_attempt a where a.task_id = t.id and a.state = 'ended')
returning t.id
