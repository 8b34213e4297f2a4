-- Awards: what an agency gives, for which time, and in which parts its money reaches the account that spends it.
--
-- An award and its schedule are rows that say what was decided last; every decision is a transaction of kind 'award' in the journal, with what was
-- asked and what came of it. Whether a part was released, and whether a period was closed, is in the journal alone, under a key of its own
-- (`release:<award>:<ordinal>`, `period:<award>:<ordinal>:<last day>`): nothing can be released or closed twice.
--
-- Days are days in UTC. An award's last day belongs to it: its account ends with the first moment of the next.

create table headgate.award (
  number text primary key check (number ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$'),
  account_id integer not null unique references headgate.account (id),
  agency text not null check (char_length(agency) between 1 and 200),
  title text not null check (char_length(title) between 1 and 200),
  pi text not null check (char_length(pi) between 1 and 200),
  starts_on date not null,
  ends_on date not null check (ends_on >= starts_on and ends_on < starts_on + 18262),
  total bigint not null check (total between 0 and 1000000000000000000),
  period_months integer not null check (period_months between 1 and 120),
  -- What becomes of what a period leaves: it stays, or it is taken back.
  carry text not null check (carry in ('carry-over', 'use-or-lose')),
  -- Whether what is released raises the limits above the account, too.
  through boolean not null,
  -- Where a cost goes whose service was given outside the award's days, or that arrives later than so many days after its end. Null: nowhere else.
  late_account_id integer references headgate.account (id) check (late_account_id <> account_id),
  closeout_days integer not null check (closeout_days between 0 and 3650),
  -- Programme, co-investigators, federal id and the like, as they came.
  facts json not null
);

create table headgate.award_release (
  award text not null references headgate.award (number),
  ordinal integer not null check (ordinal > 0),
  amount bigint not null check (amount between 1 and 1000000000000000000),
  -- What lets it go: the day, a report that was accepted, or somebody's approval. With a day the two others wait for it, too.
  gate text not null check (gate in ('date', 'report', 'approval')),
  due_on date,
  label text not null check (char_length(label) between 1 and 200),
  primary key (award, ordinal),
  check (gate <> 'date' or due_on is not null)
);

create type headgate.award_terms as (
  number text, account text, agency text, title text, pi text, starts_on date, ends_on date, total bigint, period_months integer, carry text, through boolean, late_account text,
  closeout_days integer, facts json
);

create function headgate.first_moment(p_day date) returns timestamptz language sql immutable as $$ select p_day::timestamp at time zone 'UTC' $$;

-- The budget periods: each counted in whole months from the award's start, so that one that starts on the 31st comes back to the 31st.
create function headgate.award_periods(p_award headgate.award) returns table (ordinal integer, starts_on date, ends_on date) language sql stable as $$
  select n, (p_award.starts_on + make_interval(months => (n - 1) * p_award.period_months))::date,
    least(p_award.ends_on, (p_award.starts_on + make_interval(months => n * p_award.period_months))::date - 1)
  from generate_series(1, 600) n where p_award.starts_on + make_interval(months => (n - 1) * p_award.period_months) <= p_award.ends_on
$$;

create function headgate.award_numbered(p_number text) returns headgate.award
language plpgsql volatile as $$
declare
  v_award headgate.award;
begin
  select * into v_award from award where number = p_number;
  if not found then perform refuse('budget.award-unknown', p_number); end if;
  return v_award;
end $$;

-- Whether the key was used before to ask exactly this, of an award or of what p_kind says; used for anything else it is refused.
create function headgate.asked_before(p_key text, p_asked json, p_kind text default 'award') returns boolean
language plpgsql volatile as $$
declare
  v_done headgate.journal_transaction;
begin
  select * into v_done from journal_transaction where key = p_key;
  if not found then return false; end if;
  if v_done.kind <> p_kind or (v_done.detail -> 'asked')::text is distinct from p_asked::text then perform refuse('idempotency.mismatch', p_key); end if;
  return true;
end $$;

-- The dates of an award are those of its account: written as a decision about the account, as transaction p_number. False when they stand so already.
create function headgate.date_account(p_number bigint, p_key text, p_account headgate.account, p_starts_at timestamptz, p_ends_at timestamptz, p_person text,
  p_source text, p_why text, p_now timestamptz) returns boolean
language plpgsql volatile as $$
declare
  v_balance headgate.balance;
begin
  select * into v_balance from balance where node_id = p_account.id;
  if (v_balance.starts_at, v_balance.ends_at) is not distinct from (p_starts_at, p_ends_at) then return false; end if;
  update balance set starts_at = p_starts_at, ends_at = p_ends_at where node_id = p_account.id;
  insert into journal_transaction (number, kind, key, account_id, unit, nodes, amount, effective_at, person, by_person, source, why, detail)
  values (p_number, 'status', p_key, p_account.id, p_account.unit, array[p_account.id], 0, p_now, p_person, p_person, p_source, p_why,
    json_build_object('status', v_balance.status, 'starts_at', extract(epoch from p_starts_at), 'ends_at', extract(epoch from p_ends_at)));
  return true;
end $$;

-- What is written of an award: the new one, or changes of one that is there (only the keys given). p_approver is who agreed, where somebody has to.
-- True when it was done now, false when by this key before.
create function headgate.set_award(p_key text, p_new boolean, p_asked json, p_approver text, p_person text, p_source text, p_why text, p_now timestamptz) returns boolean
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_number text := p_asked ->> 'number';
  v_asked json := json_build_object('new', p_new, 'terms', p_asked, 'approver', p_approver);
  v_award headgate.award;
  v_terms headgate.award_terms;
  v_account headgate.account;
  v_late headgate.account;
  v_scheduled bigint;
  v_batch bigint := nextval('batch_number');
begin
  perform lock_keys(array['award:' || v_number]);
  if asked_before(p_key, v_asked) then return false; end if;
  if p_new then
    v_terms := json_populate_record(null::headgate.award_terms, p_asked);
  else
    v_award := award_numbered(v_number);
    v_terms := json_populate_record(row(v_award.number, (select name from account where id = v_award.account_id), v_award.agency, v_award.title, v_award.pi, v_award.starts_on,
      v_award.ends_on, v_award.total, v_award.period_months, v_award.carry, v_award.through,
      (select name from account where id = v_award.late_account_id), v_award.closeout_days, v_award.facts)::headgate.award_terms, p_asked);
  end if;
  v_account := account_named(v_terms.account);
  perform from balance where node_id = v_account.id for update;
  if p_new and exists (select from award where number = v_number or account_id = v_account.id) then perform refuse('budget.award-exists', v_number); end if;
  select coalesce(sum(amount), 0) into v_scheduled from award_release where award = v_number;
  if v_terms.total < v_scheduled then perform refuse('budget.award-exceeded', v_number, v_scheduled); end if;
  if v_terms.late_account is not null then
    v_late := account_named(v_terms.late_account);
    if v_late.unit <> v_account.unit or v_account.id = any (v_late.path) then perform refuse('budget.unit-mismatch', v_terms.late_account); end if;
  end if;
  if v_terms.ends_on < v_terms.starts_on then perform refuse('input.invalid', v_number); end if;
  if p_new then
    insert into award (number, account_id, agency, title, pi, starts_on, ends_on, total, period_months, carry, through, late_account_id, closeout_days, facts)
    values (v_number, v_account.id, v_terms.agency, v_terms.title, v_terms.pi, v_terms.starts_on, v_terms.ends_on, v_terms.total, v_terms.period_months, v_terms.carry,
      v_terms.through, v_late.id, v_terms.closeout_days, v_terms.facts);
  else
    update award set agency = v_terms.agency, title = v_terms.title, pi = v_terms.pi, ends_on = v_terms.ends_on, total = v_terms.total, carry = v_terms.carry,
      late_account_id = v_late.id, closeout_days = v_terms.closeout_days, facts = v_terms.facts where number = v_number;
  end if;
  insert into journal_transaction (number, kind, key, account_id, unit, nodes, amount, effective_at, person, by_person, source, why, subject, detail)
  values (v_batch * 1024 + 1, 'award', p_key, v_account.id, v_account.unit, array[v_account.id], 0, p_now, p_person, p_person, p_source, p_why, 'award:' || v_number,
    json_build_object('asked', v_asked, 'terms', to_json(v_terms)));
  perform date_account(v_batch * 1024 + 2, 'ledger:award-dates:' || p_key, v_account, first_moment(v_terms.starts_on), first_moment(v_terms.ends_on + 1), p_person, p_source, p_why, p_now);
  perform seal_batch(v_batch, p_now);
  return true;
end $$;

-- Puts parts of an award's money on its schedule, never more than its total. True when it was done now, false when by this key before.
create function headgate.schedule_releases(p_key text, p_award text, p_releases json, p_person text, p_source text, p_why text, p_now timestamptz) returns boolean
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_asked json := json_build_object('award', p_award, 'releases', p_releases);
  v_award headgate.award;
  v_account headgate.account;
  v_scheduled bigint;
  v_more bigint;
  v_last integer;
  v_batch bigint := nextval('batch_number');
begin
  perform lock_keys(array['award:' || p_award]);
  if asked_before(p_key, v_asked) then return false; end if;
  v_award := award_numbered(p_award);
  select * into v_account from account where id = v_award.account_id;
  select coalesce(sum(amount), 0), coalesce(max(ordinal), 0) into v_scheduled, v_last from award_release where award = p_award;
  select sum(r.amount) into v_more from json_populate_recordset(null::headgate.award_release, p_releases) r;
  if v_scheduled + v_more > v_award.total then perform refuse('budget.award-exceeded', p_award, v_award.total - v_scheduled); end if;
  insert into award_release (award, ordinal, amount, gate, due_on, label)
  select p_award, v_last + r.ordinality, r.amount, r.gate, r.due_on, r.label
  from rows from (json_populate_recordset(null::headgate.award_release, p_releases)) with ordinality r;
  insert into journal_transaction (number, kind, key, account_id, unit, nodes, amount, effective_at, person, by_person, source, why, subject, detail)
  values (v_batch * 1024 + 1, 'award', p_key, v_account.id, v_account.unit, array[v_account.id], 0, p_now, p_person, p_person, p_source, p_why, 'award:' || p_award,
    json_build_object('asked', v_asked, 'releases', (select json_agg(r order by r.ordinal) from award_release r where r.award = p_award and r.ordinal > v_last)));
  perform seal_batch(v_batch, p_now);
  return true;
end $$;

create function headgate.release_key(p_award text, p_ordinal integer) returns text language sql immutable as $$ select 'release:' || p_award || ':' || p_ordinal $$;

-- Gives a part of an award's money to its account, once for all. p_gate is what let it go, in words. True when it was done now.
create function headgate.post_release(p_award headgate.award, p_release headgate.award_release, p_gate text, p_person text, p_source text, p_effective_at timestamptz,
  p_now timestamptz) returns boolean
language plpgsql volatile as $$
begin
  if exists (select from journal_transaction where key = release_key(p_release.award, p_release.ordinal)) then return false; end if;
  return allocate(release_key(p_release.award, p_release.ordinal), (select name from account where id = p_award.account_id), p_release.amount, p_award.through, false,
    p_person, p_source, left(format('release %s of award %s (%s), %s', p_release.ordinal, p_award.number, p_release.label, p_gate), 500), p_effective_at, p_now);
end $$;

-- Releases a part because its report was accepted, or because somebody approved it. Refused before its day. True when it was done now, false when it was before.
create function headgate.release_award(p_award text, p_ordinal integer, p_approver text, p_report text, p_person text, p_source text, p_now timestamptz) returns boolean
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_award headgate.award;
  v_release headgate.award_release;
begin
  perform lock_keys(array['award:' || p_award]);
  v_award := award_numbered(p_award);
  select * into v_release from award_release where award = p_award and ordinal = p_ordinal;
  if not found then perform refuse('budget.award-unknown', p_award || ' release ' || p_ordinal); end if;
  if exists (select from journal_transaction where key = release_key(p_award, p_ordinal)) then return false; end if;
  if first_moment(v_release.due_on) > p_now or (v_release.gate = 'report' and p_report is null) or (v_release.gate = 'approval' and p_approver is null) then
    perform refuse('budget.release-waits', p_award || ' release ' || p_ordinal);
  end if;
  return post_release(v_award, v_release, case v_release.gate when 'report' then 'report accepted: ' || p_report when 'approval' then 'approved by ' || p_approver
    else 'due on ' || v_release.due_on end, p_person, p_source, p_now, p_now);
end $$;

create function headgate.period_key(p_award text, p_ordinal integer, p_ends_on date) returns text language sql immutable as $$
  select 'period:' || p_award || ':' || p_ordinal || ':' || p_ends_on
$$;

-- What may still be used of an account's money from before a moment: what is free, less what came to it from then on.
create function headgate.left_from_before(p_balance headgate.balance, p_moment timestamptz) returns bigint
language plpgsql volatile as $$
begin
  return greatest(0, p_balance.allocated - p_balance.spent - p_balance.held - p_balance.leased - coalesce((
    select sum(t.amount) from journal_transaction t
    where t.effective_at >= p_moment and p_balance.node_id = any (t.nodes) and (
      t.kind = 'allocate' and t.amount > 0 and t.account_id in (select a.id from account a where a.path @> array[p_balance.node_id])
      or t.kind = 'transfer' and t.account_id <> p_balance.node_id)), 0));
end $$;

-- Closes a period that is over: what it left stays, or is taken back. Decided and written under the locks of all accounts it touches; the key is looked at
-- first, because what is left is another amount each time one looks. True when it was done now.
create function headgate.end_period(p_award headgate.award, p_ordinal integer, p_ends_on date, p_source text, p_now timestamptz) returns boolean
language plpgsql volatile as $$
declare
  v_account headgate.account := (select a from account a where a.id = p_award.account_id);
  v_nodes integer[] := case when p_award.through then v_account.path else array[v_account.id] end;
  v_outside integer := (select id from account where kind = 'outside' and unit = v_account.unit);
  v_end timestamptz := first_moment(p_ends_on + 1);
  v_balance headgate.balance;
  v_left bigint;
  v_lapsed bigint;
  v_ordinal integer := 1;
  v_batch bigint := nextval('batch_number');
begin
  perform from balance where node_id = any (v_nodes) order by node_id for update;
  if exists (select from journal_transaction where key = period_key(p_award.number, p_ordinal, p_ends_on)) then return false; end if;
  select * into v_balance from balance where node_id = v_account.id;
  v_left := left_from_before(v_balance, v_end);
  v_lapsed := case p_award.carry when 'use-or-lose' then v_left else 0 end;
  insert into journal_transaction (number, kind, key, account_id, unit, nodes, amount, effective_at, person, by_person, source, why, subject, detail)
  values (v_batch * 1024 + 1, 'period', period_key(p_award.number, p_ordinal, p_ends_on), v_account.id, v_account.unit, v_nodes, v_lapsed, v_end, 'headgate', 'headgate', p_source,
    format('period %s of award %s is over: %s', p_ordinal, p_award.number, case p_award.carry when 'use-or-lose' then 'what was not used is taken back' else 'what was not used stays' end),
    'award:' || p_award.number, json_build_object('period', p_ordinal, 'ends_on', p_ends_on, 'rule', p_award.carry, 'left', v_left::text));
  for v_balance in select * from balance where node_id = any (v_nodes) and v_lapsed > 0 order by node_id loop
    -- Above the account only what is free goes: what others have committed there is theirs.
    perform give(v_batch * 1024 + 1, v_ordinal, v_outside, v_balance,
      -greatest(0, least(v_lapsed, v_balance.allocated - v_balance.spent - v_balance.held - v_balance.leased)));
    v_ordinal := v_ordinal + 2;
  end loop;
  perform seal_batch(v_batch, p_now);
  return true;
end $$;

-- Does what the calendar asks of an award, in the order of its days, whoever was away for how long: releases what is due, closes what is over. A period is
-- closed before what comes on the next day. Gives how much was done; what an account refuses (it is closed) waits.
create function headgate.turn_award(p_award text, p_source text, p_now timestamptz) returns integer
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_award headgate.award;
  v_due record;
  v_release headgate.award_release;
  v_count integer := 0;
  v_did boolean;
begin
  perform lock_keys(array['award:' || p_award]);
  v_award := award_numbered(p_award);
  for v_due in
    select r.due_on as day, r.ordinal as release, null::integer as period, null::date as ends_on from award_release r
    where r.award = p_award and r.gate = 'date' and first_moment(r.due_on) <= p_now and not exists (select from journal_transaction t where t.key = release_key(r.award, r.ordinal))
    union all
    select p.ends_on + 1, null, p.ordinal, p.ends_on from award_periods(v_award) p
    where first_moment(p.ends_on + 1) <= p_now and not exists (select from journal_transaction t where t.key = period_key(p_award, p.ordinal, p.ends_on))
    order by 1, 3 nulls last, 2
  loop
    begin
      if v_due.release is null then
        v_did := end_period(v_award, v_due.period, v_due.ends_on, p_source, p_now);
      else
        select * into v_release from award_release where award = p_award and ordinal = v_due.release;
        v_did := post_release(v_award, v_release, 'due on ' || v_due.day, 'headgate', p_source, first_moment(v_due.day), p_now);
      end if;
      v_count := v_count + v_did::integer;
    exception when sqlstate 'HG001' then null;
    end;
  end loop;
  return v_count;
end $$;
