-- Jobs, their tasks, the attempts at running them, and the journal of everything that happened to them.
-- A job is what was submitted and paid for; a task is what runs (a plain job has one, an array many); an attempt is one process.

-- A machine's cores and memory. `epoch` counts the dispatchers that have held it: every write of a dispatcher names its epoch, so that one that
-- has lost the pool without knowing it can change nothing any more.
create table headgate.job_pool (
  name text primary key check (name ~ '^[a-z][a-z0-9_.-]{0,62}$'),
  cores integer not null check (cores between 1 and 1000000),
  memory_mib bigint not null check (memory_mib >= 1),
  epoch bigint not null default 0,
  host text not null,
  -- The machine's own id: the same after a reboot, another on another machine.
  machine text not null,
  boot_id text not null,
  memory_enforced text not null,
  -- The last time its dispatcher was alive, and saw alive what it had started.
  beat_at timestamptz not null
);

create table headgate.job (
  id uuid primary key,
  number bigint not null generated always as identity unique,
  -- The caller's Idempotency-Key (unique per person) and what it was used for: the same request twice is one job.
  submit_key text unique check (char_length(submit_key) between 1 and 300),
  submit_fingerprint text not null,
  name text not null check (char_length(name) between 1 and 250),
  person text not null check (char_length(person) between 1 and 63),
  project text not null check (char_length(project) between 1 and 200),
  app text,
  app_case text,
  parameters_hash text not null,
  -- Everything that running it takes, resolved when it was submitted (see job-spec.ts).
  spec jsonb not null,
  -- What was submitted, as it came: file name, text, folder, and what was said beside the file.
  submission jsonb not null,
  -- The quote whose price it has: the reservation uses it.
  quote_id uuid,
  pool text not null,
  cores integer not null check (cores >= 1),
  memory_mib bigint not null check (memory_mib >= 1),
  time_limit_s integer not null check (time_limit_s >= 1),
  grace_ms integer not null check (grace_ms >= 0),
  array_spec text,
  throttle integer check (throttle >= 1),
  tasks integer not null check (tasks between 1 and 10000),
  retry_count integer not null check (retry_count between 0 and 10),
  retry_on text[] not null check (retry_on <@ array['failed', 'timeout', 'lost']),
  retry_of uuid references headgate.job (id),
  -- Money, in millionths of `unit`. `reserved` is what was asked for; the ledger has the truth, these are its answers.
  unit text not null check (unit in ('USD', 'SU')),
  reserved bigint not null check (reserved >= 0),
  -- What one attempt at one task was reserved for, before what an award adds; every task has this once for each of its attempts.
  attempt_reserved bigint not null check (attempt_reserved >= 0),
  -- What of `reserved` is for the indirect cost that an award adds, and what was charged of that beside `charged`.
  reserved_indirect bigint not null default 0 check (reserved_indirect between 0 and reserved),
  indirect bigint not null default 0 check (indirect >= 0),
  expected bigint check (expected >= 0),
  formula jsonb not null,
  formula_words text not null,
  -- How long it was thought to take: low_ms, likely_ms, high_ms, basis, free.
  run_estimate jsonb not null,
  hold_id text,
  -- Decided by the account when it is submitted. With 'start' nothing is reserved until a task of it starts: `to_reserve` is then what will be asked for, `hold_asks`
  -- counts how often the ledger was asked and `hold_answers` how often its answer was written down here, and `reason` says what it answered.
  reserve_at text not null default 'submission' check (reserve_at in ('submission', 'start')),
  to_reserve bigint check (to_reserve >= 0),
  hold_asks integer not null default 0 check (hold_asks >= hold_answers),
  hold_answers integer not null default 0 check (hold_answers >= 0),
  -- The level that said no, since when, and how long it is not asked again.
  short_level text,
  short_since timestamptz,
  ask_after timestamptz,
  charged bigint not null default 0 check (charged >= 0),
  returned bigint not null default 0 check (returned >= 0),
  overrun bigint not null default 0 check (overrun >= 0),
  -- 'estimated' as soon as one of its charges is.
  figure text not null default 'metered' check (figure in ('estimated', 'metered')),
  hold_closed_at timestamptz,
  -- When the ledger refused to close the hold, the time to ask again.
  close_after timestamptz,
  state text not null check (state in ('submitted', 'refused', 'queued', 'waiting', 'starting', 'running', 'ended', 'settled')),
  outcome text check (outcome in ('completed', 'failed', 'timeout', 'cancelled', 'out-of-memory', 'lost', 'dependency-failed')),
  reason text check (char_length(reason) <= 2000),
  refusal jsonb,
  -- The worst outcome of its tasks so far; it becomes the job's when the last of them has ended.
  worst_outcome text,
  flagged boolean not null default false,
  cancel_requested_at timestamptz,
  cancel_by text,
  cancel_reason text,
  -- How many tasks are in each state, kept by the trigger on job_task.
  tasks_waiting integer not null default 0,
  tasks_queued integer not null default 0,
  tasks_starting integer not null default 0,
  tasks_running integer not null default 0,
  tasks_ended integer not null default 0,
  tasks_settled integer not null default 0,
  tasks_completed integer not null default 0,
  submitted_at timestamptz not null,
  started_at timestamptz,
  ended_at timestamptz,
  settled_at timestamptz,
  -- When its folder was cleared away, some time after it was settled.
  cleared_at timestamptz,
  -- A job either has no tasks yet (submitted, refused) or all of them, each in one state.
  constraint job_counts_its_tasks check (
    tasks_waiting + tasks_queued + tasks_starting + tasks_running + tasks_ended + tasks_settled
      = case when state in ('submitted', 'refused') then 0 else tasks end
  ),
  constraint job_counts_are_not_negative check (
    least(tasks_waiting, tasks_queued, tasks_starting, tasks_running, tasks_ended, tasks_settled, tasks_completed) >= 0
  ),
  constraint job_outcome_at_the_end check ((outcome is not null) = (state in ('ended', 'settled'))),
  constraint job_holds_before_it_queues check (
    hold_id is not null or state in ('submitted', 'refused') or to_reserve is not null and state in ('queued', 'waiting', 'ended', 'settled')
  ),
  -- Nothing runs without a reservation, and nothing is reserved before its time.
  constraint job_waits_for_its_hold check ((to_reserve is not null) <= (reserve_at = 'start' and (hold_id is not null or reserved = 0))),
  -- What was reserved is charged or given back; truth may have posted more than was reserved.
  constraint job_gives_back_what_it_held check (hold_closed_at is null or charged + indirect + returned >= reserved)
);
create index job_of_person on headgate.job (person, number desc);
create index job_of_project on headgate.job (project, number desc);
create index job_open on headgate.job (pool, number) where state in ('submitted', 'queued', 'waiting', 'starting', 'running', 'ended');
create index job_to_start on headgate.job (pool, person, number) where tasks_queued > 0;
create index job_to_reserve on headgate.job (pool, number) where hold_id is null and to_reserve is not null and hold_closed_at is null;
create index job_to_settle on headgate.job (pool) where tasks_ended > 0;
create index job_held_back on headgate.job (pool) where tasks_waiting > 0;
create index job_of_app on headgate.job (app, app_case, parameters_hash) where app is not null;
create index job_to_clear on headgate.job (settled_at) where settled_at is not null and cleared_at is null;
create index job_tried_again on headgate.job (retry_of) where retry_of is not null;

create table headgate.job_dependency (
  job_id uuid not null references headgate.job (id),
  on_job_id uuid not null references headgate.job (id),
  kind text not null check (kind in ('afterok', 'afterany', 'afternotok')),
  primary key (job_id, on_job_id),
  check (job_id <> on_job_id)
);
create index job_dependency_on on headgate.job_dependency (on_job_id);

create table headgate.job_task (
  id bigint generated always as identity primary key,
  job_id uuid not null references headgate.job (id),
  -- What people type after the underscore; null for the one task of a plain job.
  index integer check (index between 0 and 4000000),
  -- 0, 1, 2 ... within the job: gives every attempt its ordinal within the hold.
  ordinal integer not null check (ordinal >= 0),
  state text not null,
  outcome text,
  attempt integer not null default 0 check (attempt >= 0),
  attempts_ended integer not null default 0 check (attempts_ended between 0 and attempt),
  cancel_requested_at timestamptz,
  cancel_by text,
  cancel_reason text,
  flagged boolean not null default false,
  queued_at timestamptz,
  started_at timestamptz,
  ended_at timestamptz,
  -- Who made the last move, when and why: the trigger copies them into the journal.
  moved_at timestamptz not null,
  moved_by text not null check (char_length(moved_by) between 1 and 63),
  moved_why text not null check (char_length(moved_why) <= 2000),
  unique (job_id, ordinal),
  constraint job_task_state check (state in ('queued', 'waiting', 'starting', 'running', 'ended', 'settled')),
  constraint job_task_outcome_at_the_end check ((outcome is not null) = (state in ('ended', 'settled')))
) with (fillfactor = 60);
create index job_task_to_start on headgate.job_task (job_id, ordinal) where state = 'queued';
create index job_task_held_back on headgate.job_task (job_id, ordinal) where state = 'waiting';
create index job_task_to_settle on headgate.job_task (job_id, ordinal) where state = 'ended';

-- No foreign key leaves the tables that every start and end of a task writes: each would lock the row of a job that many tasks share.
create table headgate.job_attempt (
  -- The launch token: the name of the start marker, made before the process.
  id uuid primary key,
  task_id bigint not null,
  job_id uuid not null,
  attempt integer not null check (attempt >= 1),
  -- Unique within the hold and the same for ever: task ordinal x (retries + 1) + attempts ended before + 1. Null while and when nothing ran.
  ordinal integer check (ordinal >= 1),
  state text not null check (state in ('starting', 'running', 'ended', 'settled', 'revoked')),
  pool text not null,
  epoch bigint not null,
  cores integer not null check (cores >= 1),
  memory_mib bigint not null check (memory_mib >= 1),
  host text not null,
  boot_id text not null,
  folder text not null,
  claimed_at timestamptz not null,
  -- Process id and its start in clock ticks since boot: together with the boot id they name a process for ever.
  pid integer,
  pid_start bigint,
  started_at timestamptz,
  ended_at timestamptz,
  elapsed_ms bigint check (elapsed_ms >= 0),
  outcome text,
  -- The same in the words of headgate.refund_rule.
  end_state text,
  exit_code integer,
  signal text,
  reason text check (char_length(reason) <= 2000),
  results jsonb,
  figure text check (figure in ('estimated', 'metered')),
  charge bigint check (charge >= 0),
  charge_words text,
  settled_at timestamptz,
  -- When the ledger refused the charge, the time to ask again.
  settle_after timestamptz,
  unique (task_id, attempt),
  unique (job_id, ordinal),
  constraint job_attempt_over check (state not in ('ended', 'settled') or (ended_at is not null and outcome is not null and elapsed_ms is not null and figure is not null and charge is not null and ordinal is not null))
) with (fillfactor = 60);
create index job_attempt_active on headgate.job_attempt (pool) where state in ('starting', 'running');
create index job_attempt_to_settle on headgate.job_attempt (pool, ended_at, ordinal) where state = 'ended';
create index job_attempt_recent on headgate.job_attempt (pool, ended_at) where ended_at is not null;

create table headgate.job_file (
  attempt_id uuid not null,
  kind text not null check (kind in ('input', 'output')),
  path text not null,
  bytes bigint not null check (bytes >= 0),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  primary key (attempt_id, kind, path)
);

-- The journal: one row for every arrow of every task, and for the submission of every job. Nothing in it is ever changed.
create table headgate.job_event (
  id bigint generated always as identity primary key,
  job_id uuid not null,
  task_index integer,
  attempt integer,
  from_state text,
  to_state text not null,
  outcome text,
  at timestamptz not null,
  who text not null,
  why text not null,
  -- The same arrows as ARROWS in life.ts.
  constraint job_event_is_an_arrow check (
    case coalesce(from_state, '')
      when '' then to_state = 'submitted'
      when 'submitted' then to_state in ('refused', 'queued', 'waiting')
      when 'queued' then to_state in ('waiting', 'starting', 'ended')
      when 'waiting' then to_state in ('queued', 'ended')
      when 'starting' then to_state in ('running', 'queued', 'ended')
      when 'running' then to_state in ('queued', 'ended')
      when 'ended' then to_state = 'settled'
      else false
    end
  )
);
create index job_event_of_job on headgate.job_event (job_id, id);

create function headgate.job_event_stays() returns trigger language plpgsql as $$
begin
  raise exception 'the journal of jobs is only added to' using errcode = 'restrict_violation';
end $$;
create trigger job_event_stays before update or delete on headgate.job_event
  for each row execute function headgate.job_event_stays();
create trigger job_event_is_not_emptied before truncate on headgate.job_event
  for each statement execute function headgate.job_event_stays();

-- The state of a job as one word, from how many of its tasks are where. The same rule as stateOfCounts in life.ts.
create function headgate.job_state_of(waiting integer, queued integer, starting integer, running integer, ended integer) returns text
  language sql immutable parallel safe
  return case
    when running > 0 then 'running'
    when starting > 0 then 'starting'
    when queued > 0 then 'queued'
    when waiting > 0 then 'waiting'
    when ended > 0 then 'ended'
    else 'settled'
  end;

-- From best to worst. The same order as OUTCOME_ORDER in life.ts.
create function headgate.job_outcome_rank(outcome text) returns integer language sql immutable parallel safe
  return array_position(array['completed', 'cancelled', 'dependency-failed', 'timeout', 'out-of-memory', 'failed', 'lost'], outcome);

create function headgate.job_worse_outcome(a text, b text) returns text language sql immutable parallel safe
  return case when coalesce(headgate.job_outcome_rank(a), 0) >= coalesce(headgate.job_outcome_rank(b), 0) then a else b end;

-- Journals the arrows of one statement, whatever it was, and brings the counts of the jobs it touched up to date.
create function headgate.job_task_moved() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into headgate.job_event (job_id, task_index, attempt, from_state, to_state, outcome, at, who, why)
    select job_id, index, nullif(attempt, 0), 'submitted', state, outcome, moved_at, moved_by, moved_why from after_rows order by id;
    update headgate.job j set
      tasks_waiting = d.waiting, tasks_queued = d.queued,
      state = headgate.job_state_of(d.waiting, d.queued, 0, 0, 0)
    from (
      select job_id, count(*) filter (where state = 'waiting')::integer as waiting, count(*) filter (where state = 'queued')::integer as queued
      from after_rows group by job_id
    ) d
    where j.id = d.job_id;
    return null;
  end if;

  insert into headgate.job_event (job_id, task_index, attempt, from_state, to_state, outcome, at, who, why)
  select a.job_id, a.index, nullif(a.attempt, 0), b.state, a.state, a.outcome, a.moved_at, a.moved_by, a.moved_why
  from after_rows a join before_rows b using (id)
  where a.state <> b.state
  order by a.moved_at, a.id;

  update headgate.job j set
    tasks_waiting = j.tasks_waiting + d.waiting,
    tasks_queued = j.tasks_queued + d.queued,
    tasks_starting = j.tasks_starting + d.starting,
    tasks_running = j.tasks_running + d.running,
    tasks_ended = j.tasks_ended + d.ended,
    tasks_settled = j.tasks_settled + d.settled,
    tasks_completed = j.tasks_completed + d.completed,
    state = headgate.job_state_of(j.tasks_waiting + d.waiting, j.tasks_queued + d.queued, j.tasks_starting + d.starting, j.tasks_running + d.running, j.tasks_ended + d.ended),
    started_at = least(j.started_at, d.started_at),
    flagged = j.flagged or d.flagged,
    ended_at = case when j.tasks_ended + j.tasks_settled + d.ended + d.settled = j.tasks then greatest(d.ended_at, j.ended_at) end,
    -- From this row alone, never from the tasks: another transaction may just have ended one that this statement does not see.
    worst_outcome = headgate.job_worse_outcome(j.worst_outcome, d.worst_outcome),
    outcome = case when j.tasks_ended + j.tasks_settled + d.ended + d.settled = j.tasks then headgate.job_worse_outcome(j.worst_outcome, d.worst_outcome) end,
    settled_at = case when j.tasks_settled + d.settled = j.tasks then d.moved_at end,
    reason = case when j.tasks_ended + j.tasks_settled + d.ended + d.settled = j.tasks and d.ended > 0 then
      case when j.tasks = 1 then d.why else
        (j.tasks_completed + d.completed) || ' of ' || j.tasks || ' tasks completed' end
      else j.reason end
  from (
    select a.job_id,
      sum((a.state = 'waiting')::integer - (b.state = 'waiting')::integer)::integer as waiting,
      sum((a.state = 'queued')::integer - (b.state = 'queued')::integer)::integer as queued,
      sum((a.state = 'starting')::integer - (b.state = 'starting')::integer)::integer as starting,
      sum((a.state = 'running')::integer - (b.state = 'running')::integer)::integer as running,
      sum((a.state = 'ended')::integer - (b.state = 'ended')::integer)::integer as ended,
      sum((a.state = 'settled')::integer - (b.state = 'settled')::integer)::integer as settled,
      sum((a.outcome is not distinct from 'completed')::integer - (b.outcome is not distinct from 'completed')::integer)::integer as completed,
      min(a.started_at) as started_at,
      max(a.ended_at) as ended_at,
      max(a.moved_at) as moved_at,
      bool_or(a.flagged) as flagged,
      (array['completed', 'cancelled', 'dependency-failed', 'timeout', 'out-of-memory', 'failed', 'lost'])[max(headgate.job_outcome_rank(a.outcome))] as worst_outcome,
      max(a.moved_why) as why
    from after_rows a join before_rows b using (id)
    where a.state <> b.state
    group by a.job_id
  ) d
  where j.id = d.job_id;
  return null;
end $$;
create trigger job_task_inserted after insert on headgate.job_task
  referencing new table as after_rows
  for each statement execute function headgate.job_task_moved();
create trigger job_task_updated after update on headgate.job_task
  referencing old table as before_rows new table as after_rows
  for each statement execute function headgate.job_task_moved();

-- Tells whoever listens which jobs have changed, by number; every change of a task changes its job as well.
create function headgate.job_changed() returns trigger language plpgsql as $$
begin
  perform pg_notify('job_changed', number::text) from after_rows;
  return null;
end $$;
create trigger job_inserted after insert on headgate.job
  referencing new table as after_rows
  for each statement execute function headgate.job_changed();
create trigger job_updated after update on headgate.job
  referencing new table as after_rows
  for each statement execute function headgate.job_changed();
