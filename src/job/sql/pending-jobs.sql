-- Jobs with tasks that may start now: of each person the oldest, so that nobody's queue hides another's. One whose budget said no comes back when it looks as if
-- there were enough now, or when nobody wrote down what the ledger answered last; $4 says after how many milliseconds no younger one may pass it.
with short as materialized (
  select s.project, s.person, headgate.room_for(s.project, s.person, null, false, $3::timestamptz) as room
  from (
    select distinct project, person from headgate.job
    where pool = $1::text and hold_id is null and to_reserve is not null and hold_closed_at is null and short_since is not null
  ) s
), patient as materialized (
  select j.number, j.person, j.project, j.short_level like '%/person:%' as of_person, a.id as account_id
  from headgate.job j join headgate.account a on a.name = split_part(j.short_level, '/', 1)
  where j.pool = $1::text and j.hold_id is null and j.to_reserve is not null and j.hold_closed_at is null and j.tasks_queued > 0
    and j.short_since < $3::timestamptz - $4::integer * interval '1 millisecond'
    and (headgate.never_bears(j.project, j.unit, j.person, j.to_reserve, null, $3::timestamptz)).code is null
), held_back as materialized (
  -- Accounts whose alerts hold back what has not started, and all below them.
  select below.name from headgate.alert l join headgate.account below on l.account_id = any (below.path)
  where l.cleared_at is null and l.lifted_at is null and l.action = 'hold'
)
select id, person, cores, memory_mib, time_limit_s, grace_ms, tasks_queued, queued_at, held
from (
  select j.id, j.person, j.cores, j.memory_mib, j.time_limit_s, j.grace_ms, j.tasks_queued, t.queued_at, j.hold_id is not null as held,
    row_number() over (partition by j.person order by j.number) as place
  from headgate.job j
  cross join lateral (
    select queued_at from headgate.job_task where job_id = j.id and state = 'queued' order by ordinal limit 1
  ) t
  where j.pool = $1::text and j.tasks_queued > 0 and j.project not in (select name from held_back) and (
    j.hold_id is not null
    or j.hold_asks > j.hold_answers
    or (
      j.short_since is null
      or (j.ask_after is null or j.ask_after <= $3::timestamptz)
        and exists (select from short s where s.project = j.project and s.person = j.person and s.room >= j.to_reserve)
    ) and not exists (
      select from patient p join headgate.account a on a.name = j.project
      where p.number < j.number and (p.account_id = any (a.path) or p.project = j.project) and (not p.of_person or p.person = j.person)
    )
  )
) lined_up
where place <= $2::integer
