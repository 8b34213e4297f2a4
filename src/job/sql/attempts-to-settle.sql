-- Attempts whose charge has not been posted yet, oldest first. `final` is true for the last attempt of a plain job when no other is charged after it: it closes the
-- hold. `frees` is what the hold can give back at once, whatever becomes of the other tasks: what this attempt did not use of what was reserved for it, and with the
-- last one of its task all that was reserved for more attempts.
with due as materialized (
  select id, job_id, task_id, ordinal, charge, figure, ended_at, charge_words, end_state
  from headgate.job_attempt
  where pool = $1::text and state = 'ended' and (settle_after is null or settle_after <= $3::timestamptz)
  order by ended_at, ordinal
  limit $2::integer
)
select a.id as token, a.job_id, a.task_id, a.ordinal, a.charge, a.figure, a.ended_at, a.charge_words, a.end_state, j.hold_id, j.number, j.project, j.person, j.unit, t.index,
  (j.tasks = 1 and t.state = 'ended' and not exists (
    select from headgate.job_attempt o where o.task_id = a.task_id and o.state = 'ended' and o.id <> a.id
      and ((o.ended_at, o.ordinal) > (a.ended_at, a.ordinal) or o.settle_after > $3::timestamptz))) as final,
  greatest(0, j.attempt_reserved - a.charge) + case
    when t.state = 'ended' and a.ordinal = t.ordinal * (j.retry_count + 1) + t.attempts_ended then j.attempt_reserved * (j.retry_count + 1 - t.attempts_ended)
    else 0
  end as frees
from due a
join headgate.job j on j.id = a.job_id
join headgate.job_task t on t.id = a.task_id
order by a.ended_at, a.ordinal
