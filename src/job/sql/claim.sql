-- Takes tasks from the queue for launching: $3 says how many of which jobs, $4 gives a token for each. Commits before any process is made.
-- The pool's row is locked against a new dispatcher, and what is claimed is cut where the pool would be oversubscribed.
with held as (
  select cores, memory_mib from headgate.job_pool where name = $1::text and epoch = $2::bigint for share
), asked as (
  select a.job_id, a.tasks, a.place
  from rows from (jsonb_to_recordset($3::jsonb) as (job_id uuid, tasks integer)) with ordinality as a (job_id, tasks, place)
), picked as (
  select t.id, t.job_id, t.index, t.ordinal, t.attempt, t.attempts_ended, a.place, j.cores, j.memory_mib
  from held
  cross join asked a
  join headgate.job j on j.id = a.job_id and j.hold_id is not null
  cross join lateral (
    select id, job_id, index, ordinal, attempt, attempts_ended from headgate.job_task
    where job_id = a.job_id and state = 'queued'
    order by ordinal limit a.tasks for update skip locked
  ) t
), active as (
  select coalesce(sum(cores), 0) as cores, coalesce(sum(memory_mib), 0) as memory_mib
  from headgate.job_attempt where pool = $1::text and state in ('starting', 'running')
), lined_up as (
  select picked.*,
    row_number() over line as n,
    sum(cores) over line as cores_so_far,
    sum(memory_mib) over line as memory_so_far
  from picked
  window line as (order by place, ordinal)
), within as (
  select l.*, ($4::uuid[])[l.n] as token
  from lined_up l cross join active cross join held
  where active.cores + l.cores_so_far <= held.cores and active.memory_mib + l.memory_so_far <= held.memory_mib and l.n <= cardinality($4::uuid[])
), moved as (
  update headgate.job_task t set state = 'starting', attempt = t.attempt + 1, moved_at = $7::timestamptz, moved_by = $9::text, moved_why = 'its turn has come'
  -- By id, of rows that are locked already: never by looking through all that is queued.
  where t.id = any (array(select id from within))
  returning t.id, t.attempt
), begun as (
  insert into headgate.job_attempt (id, task_id, job_id, attempt, state, pool, epoch, cores, memory_mib, host, boot_id, folder, claimed_at)
  select w.token, w.id, w.job_id, m.attempt, 'starting', $1::text, $2::bigint, w.cores, w.memory_mib, $5::text, $6::text,
    $8::text || '/' || w.job_id || coalesce('/' || w.index, '') || '/attempt-' || m.attempt, $7::timestamptz
  from within w join moved m using (id)
  returning id, task_id, job_id, attempt, folder
)
select b.id as token, b.task_id, b.job_id, b.attempt, b.folder, w.index, w.attempts_ended
from begun b join within w on w.token = b.id
order by w.n
