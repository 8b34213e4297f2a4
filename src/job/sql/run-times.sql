-- How long completed runs of an app took, newest first. The same hash means the same work.
select j.app_case, j.parameters_hash, j.spec -> 'parameters' as parameters, a.cores, a.elapsed_ms, a.ended_at, a.host
from headgate.job_attempt a join headgate.job j on j.id = a.job_id
where j.app = $1::text and ($2::text is null or j.app_case = $2::text) and a.outcome = 'completed' and a.figure = 'metered'
order by a.ended_at desc
limit $3::integer
