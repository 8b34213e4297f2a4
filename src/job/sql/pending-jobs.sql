-- Jobs with tasks that may start now: of each person the oldest, so that nobody's queue hides another's.
select id, person, cores, memory_mib, time_limit_s, grace_ms, tasks_queued, queued_at
from (
  select j.id, j.person, j.cores, j.memory_mib, j.time_limit_s, j.grace_ms, j.tasks_queued, t.queued_at,
    row_number() over (partition by j.person order by j.number) as place
  from headgate.job j
  cross join lateral (
    select queued_at from headgate.job_task where job_id = j.id and state = 'queued' order by ordinal limit 1
  ) t
  where j.pool = $1::text and j.tasks_queued > 0
) lined_up
where place <= $2::integer
