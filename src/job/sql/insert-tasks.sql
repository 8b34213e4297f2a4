-- The tasks of a job whose hold was granted. What the throttle holds back, or everything when a dependency is open, waits.
insert into headgate.job_task (job_id, index, ordinal, state, queued_at, moved_at, moved_by, moved_why)
select
  j.id,
  case when j.array_spec is null then null else i.index end,
  (i.ordinal - 1)::integer,
  case when w.waits or i.ordinal > coalesce(j.throttle, j.tasks) then 'waiting' else 'queued' end,
  $3::timestamptz,
  $3::timestamptz,
  $4::text,
  $5::text
from headgate.job j
cross join lateral (
  select exists (select from headgate.job_dependency d where d.job_id = j.id) as waits
) w
cross join unnest($2::integer[]) with ordinality as i (index, ordinal)
where j.id = $1::uuid
order by i.ordinal
