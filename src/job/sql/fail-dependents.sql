-- Jobs that wait for what can no longer come: after a job that did not complete (afterok), or that did (afternotok).
with impossible as (
  select d.job_id, min(case when d.kind = 'afterok' then 'job ' || o.number || ' did not complete' else 'job ' || o.number || ' completed' end) as why
  from headgate.job j
  join headgate.job_dependency d on d.job_id = j.id
  join headgate.job o on o.id = d.on_job_id
  where j.pool = $1::text and j.tasks_waiting > 0
    and (
      (d.kind = 'afterok' and (o.state = 'refused' or (o.state in ('ended', 'settled') and o.outcome <> 'completed')))
      or (d.kind = 'afternotok' and o.state in ('ended', 'settled') and o.outcome = 'completed')
    )
  group by d.job_id
)
update headgate.job_task t set state = 'ended', outcome = 'dependency-failed', ended_at = $2::timestamptz, moved_at = $2::timestamptz, moved_by = $3::text, moved_why = i.why
from impossible i where t.job_id = i.job_id and t.state = 'waiting'
returning t.id
