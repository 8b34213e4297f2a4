-- Core-milliseconds of attempts that have ended, fading with the half-life of $3 milliseconds, by person.
select j.person, sum(a.cores * a.elapsed_ms * power(0.5, extract(epoch from ($2::timestamptz - a.ended_at)) * 1000 / $3::double precision))::double precision as core_ms
from headgate.job_attempt a join headgate.job j on j.id = a.job_id
where a.pool = $1::text and a.ended_at is not null and a.ended_at > $2::timestamptz - interval '12 hours'
group by j.person
