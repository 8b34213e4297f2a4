-- What occupies a pool: for those who ask why a job waits.
select j.person, a.cores, a.memory_mib, coalesce(a.started_at, a.claimed_at) as started_at, j.time_limit_s, j.grace_ms, j.number, t.index
from headgate.job_attempt a join headgate.job j on j.id = a.job_id join headgate.job_task t on t.id = a.task_id
where a.pool = $1::text and a.state in ('starting', 'running')
order by a.claimed_at
