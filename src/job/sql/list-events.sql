select e.id, e.at, j.number, e.task_index, e.attempt, e.from_state, e.to_state, e.outcome, e.who, e.why
from headgate.job_event e join headgate.job j on j.id = e.job_id
where e.job_id = $1::uuid and ($2::integer is null or e.task_index = $2::integer) and e.id > $3::bigint
order by e.id
limit $4::integer
