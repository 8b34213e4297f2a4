-- Tasks whose dependencies are met and that the throttle lets through come into the queue, in the order of their index.
with ready as (
  select j.id, case when j.throttle is null then j.tasks else greatest(0, j.throttle - j.tasks_queued - j.tasks_starting - j.tasks_running) end as room
  from headgate.job j
  where j.pool = $1::text and j.tasks_waiting > 0
    and not exists (
      -- Met, and not just over: what is over the wrong way was not yet so when fail-dependents.sql looked.
      select from headgate.job_dependency d join headgate.job o on o.id = d.on_job_id
      where d.job_id = j.id and not case d.kind
        when 'afterok' then o.state in ('ended', 'settled') and o.outcome = 'completed'
        when 'afternotok' then o.state = 'refused' or (o.state in ('ended', 'settled') and o.outcome <> 'completed')
        else o.state in ('ended', 'settled', 'refused')
      end
    )
  for update of j
), picked as (
  select t.id from ready r cross join lateral (
    select id from headgate.job_task where job_id = r.id and state = 'waiting' order by ordinal limit r.room for update skip locked
  ) t
)
update headgate.job_task t set state = 'queued', queued_at = $2::timestamptz, moved_at = $2::timestamptz, moved_by = $3::text, moved_why = 'what it waited for has come'
from picked p where t.id = p.id and t.state = 'waiting'
returning t.id
