-- The pools that jobs run on, with what is taken and what waits; at most $1 of them.
select p.name, p.host, p.cores, p.memory_mib, p.memory_enforced, p.beat_at,
  coalesce(a.cores, 0)::integer as cores_used, coalesce(a.memory_mib, 0)::bigint as memory_used_mib, coalesce(a.tasks, 0)::integer as tasks_running,
  coalesce(q.tasks, 0)::integer as tasks_queued
from headgate.job_pool p
left join lateral (
  select sum(cores) as cores, sum(memory_mib) as memory_mib, count(*) as tasks from headgate.job_attempt where pool = p.name and state in ('starting', 'running')
) a on true
left join lateral (select sum(tasks_queued) as tasks from headgate.job where pool = p.name and tasks_queued > 0) q on true
order by p.name
limit $1::integer
