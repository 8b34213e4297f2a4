select d.kind, o.number, o.state, o.outcome
from headgate.job_dependency d join headgate.job o on o.id = d.on_job_id
where d.job_id = $1::uuid
order by o.number
