select a.id as token, t.index, a.attempt, a.ordinal, a.started_at, a.ended_at, a.elapsed_ms, a.outcome, a.exit_code, a.signal, a.pid, a.host, a.folder, a.reason, a.results, a.state, a.charge, a.charge_words, a.figure, a.cores
from headgate.job_attempt a join headgate.job_task t on t.id = a.task_id
where a.job_id = $1::uuid and ($2::integer is null or t.index = $2::integer) and a.state <> 'revoked'
order by a.claimed_at desc, a.id desc
limit $3::integer
