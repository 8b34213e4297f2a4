-- Attempts whose charge has not been posted yet, oldest first. `final` is true for the last attempt of a plain job: it closes the hold.
select a.id as token, a.job_id, a.task_id, a.ordinal, a.charge, a.figure, a.ended_at, a.charge_words, j.hold_id, j.number, t.index, (j.tasks = 1 and t.state = 'ended') as final
from headgate.job_attempt a
join headgate.job j on j.id = a.job_id
join headgate.job_task t on t.id = a.task_id
where a.state = 'ended' and j.pool = $1::text and (a.settle_after is null or a.settle_after <= $3::timestamptz)
order by a.ended_at, a.ordinal
limit $2::integer
