-- Brings out of `waiting` what can come, and ends what never can. Both parts see the same moment, so a job is in one of them at most; what follows from
-- this (the dependents of what ends here) is found when it is asked again.
with held_back as (
  select j.id, j.throttle, j.tasks, j.tasks_queued + j.tasks_starting + j.tasks_running as going
  from headgate.job j
  where j.pool = $1::text and j.tasks_waiting > 0
), depends as (
  select d.job_id, o.number, d.kind,
    case
      when o.state not in ('ended', 'settled', 'refused') then 'open'
      when d.kind = 'afterok' and (o.state = 'refused' or o.outcome <> 'completed') then 'impossible'
      when d.kind = 'afternotok' and o.state <> 'refused' and o.outcome = 'completed' then 'impossible'
      else 'met'
    end as state
  from held_back h
  join headgate.job_dependency d on d.job_id = h.id
  join headgate.job o on o.id = d.on_job_id
), impossible as (
  select job_id, min('job ' || number || case kind when 'afterok' then ' did not complete' else ' completed' end) as why
  from depends where state = 'impossible' group by job_id
), picked as (
  select t.id
  from held_back h
  cross join lateral (
    select id from headgate.job_task where job_id = h.id and state = 'waiting'
    order by ordinal limit case when h.throttle is null then h.tasks else greatest(0, h.throttle - h.going) end
    for update skip locked
  ) t
  where not exists (select from depends d where d.job_id = h.id and d.state <> 'met')
)
update headgate.job_task t set
  state = case when m.why is null then 'queued' else 'ended' end,
  outcome = case when m.why is null then null else 'dependency-failed' end,
  queued_at = case when m.why is null then $2::timestamptz else t.queued_at end,
  ended_at = case when m.why is null then null else $2::timestamptz end,
  moved_at = $2::timestamptz,
  moved_by = $3::text,
  moved_why = coalesce(m.why, 'what it waited for has come')
from (
  select id, null as why from picked
  union all
  select w.id, i.why from impossible i join headgate.job_task w on w.job_id = i.job_id and w.state = 'waiting'
) m
where t.id = m.id and t.state = 'waiting'
returning t.id
