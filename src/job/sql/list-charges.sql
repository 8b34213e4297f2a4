-- Every attempt that was charged, oldest first.
select a.id as token, t.index, a.attempt, a.cores, a.elapsed_ms, a.charge, a.figure, a.charge_words
from headgate.job_attempt a join headgate.job_task t on t.id = a.task_id
where a.job_id = $1::uuid and ($2::integer is null or t.index = $2::integer) and a.state = 'settled'
order by a.ended_at, a.ordinal
limit $3::integer
