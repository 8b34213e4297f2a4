-- Attempts whose charge has not been posted yet, oldest first. `final` is true for the last attempt of a plain job: it closes the hold.
with due as materialized (
  select id, job_id, task_id, ordinal, charge, figure, ended_at, charge_words
  from headgate.job_attempt
  where pool = $1::text and state = 'ended' and (settle_after is null or settle_after <= $3::timestamptz)
  order by ended_at, ordinal
  limit $2::integer
)
select a.id as token, a.job_id, a.task_id, a.ordinal, a.charge, a.figure, a.ended_at, a.charge_words, j.hold_id, j.number, j.project, j.person, j.unit, t.index, (j.tasks = 1 and t.state = 'ended') as final
from due a
join headgate.job j on j.id = a.job_id
join headgate.job_task t on t.id = a.task_id
order by a.ended_at, a.ordinal
