-- What is starting or running, for a dispatcher that begins.
select a.id as token, a.task_id, a.job_id, a.attempt, a.state, a.epoch, a.cores, a.memory_mib, a.host, a.boot_id, a.folder, a.claimed_at, a.pid, a.pid_start, a.started_at, t.index, t.attempts_ended
from headgate.job_attempt a join headgate.job_task t on t.id = a.task_id
where a.pool = $1::text and a.state in ('starting', 'running')
order by a.claimed_at, a.id
