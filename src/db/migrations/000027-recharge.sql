-- A recharge centre charges its own institution by internal rates that are to be approved, dated, the same for everybody, and to break even over time (2 CFR 200.468: rates must not discriminate, and
-- are adjusted at least every two years by what was over- or under-recovered). Here: who approved a rate, what the service really cost, and from when on that is compared.
--
-- All are appended and told by the journal (kind 'policy', under the account where dollars come from): a cost that was wrong is reversed, a rate followed by another.

-- Rates that a file of the laboratory says have no approver; those by set_rate() have.
alter table headgate.rate
  add approver text check (char_length(approver) between 1 and 200),
  -- The agreement or minutes that they stand in.
  add agreement text check (char_length(agreement) between 1 and 200),
  add key text unique,
  add check ((approver is null) = (key is null));

create table headgate.recharge_policy (
  ordinal integer primary key check (ordinal > 0),
  -- Costs and charges from this day (UTC) on are compared.
  since date not null,
  -- What was over-recovered before (under-recovered: negative).
  opening bigint not null check (opening between -1000000000000000 and 1000000000000000),
  -- So many days of cost may be over-recovered before rates must fall: the working capital that was agreed on.
  band_days integer not null check (band_days between 0 and 366),
  approver text not null check (char_length(approver) between 1 and 200),
  person text not null,
  recorded_at timestamptz not null
);

create table headgate.recharge_cost (
  number bigint primary key check (number > 0),
  -- The days (UTC) of the service that it paid for, both included.
  from_day date not null,
  to_day date not null check (to_day >= from_day and to_day < from_day + 3660),
  amount bigint not null check (amount between 1 and 1000000000000000),
  -- Salaries, depreciation, power, the provider's bill.
  category text not null check (char_length(category) between 1 and 60),
  document text not null check (char_length(document) between 1 and 200),
  -- The cost that this one takes back.
  reverses bigint unique references headgate.recharge_cost (number) check (reverses < number),
  person text not null,
  recorded_at timestamptz not null
);
create trigger append_only before update or delete or truncate on headgate.recharge_policy for each statement execute function headgate.refuse_change();
create trigger append_only before update or delete or truncate on headgate.recharge_cost for each statement execute function headgate.refuse_change();

-- Tells the journal what was decided about recharging.
create function headgate.note_recharge(p_key text, p_asked json, p_row json, p_subject text, p_person text, p_source text, p_why text, p_now timestamptz) returns void
language plpgsql volatile as $$
declare
  v_outside headgate.account;
  v_batch bigint := nextval('batch_number');
begin
  select * into v_outside from account where name = 'outside-usd';
  insert into journal_transaction (number, kind, key, account_id, unit, nodes, amount, effective_at, person, by_person, source, why, subject, detail)
  values (v_batch * 1024 + 1, 'policy', p_key, v_outside.id, v_outside.unit, array[v_outside.id], 0, p_now, p_person, p_person, p_source, p_why, p_subject,
    json_build_object('asked', p_asked, 'row', p_row));
  perform seal_batch(v_batch, p_now);
end $$;

-- Appends an approved rate. Gives its number; by the same key again the same one.
create function headgate.set_rate(p_key text, p_asked json, p_person text, p_source text, p_why text, p_now timestamptz) returns bigint
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_rate headgate.rate;
begin
  perform lock_keys(array[p_key]);
  -- The same lock as of a laboratory's file.
  perform pg_advisory_xact_lock(hashtext('headgate.rate'));
  if asked_before(p_key, p_asked, 'policy') then return (select (detail #>> '{row,number}')::bigint from journal_transaction where key = p_key); end if;
  insert into rate (resource, rate, free, source, dated, recorded_by, recorded_at, approver, agreement, key)
  values (p_asked ->> 'resource', (p_asked ->> 'rate')::bigint, p_asked ->> 'free', p_asked ->> 'source', (p_asked ->> 'dated')::date, p_person, p_now, p_asked ->> 'approver',
    p_asked ->> 'agreement', p_key)
  returning * into v_rate;
  perform note_recharge(p_key, p_asked, to_json(v_rate), 'rate', p_person, p_source, p_why, p_now);
  return v_rate.number;
end $$;

create function headgate.set_recharge(p_key text, p_asked json, p_person text, p_source text, p_why text, p_now timestamptz) returns boolean
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_policy headgate.recharge_policy;
begin
  perform lock_keys(array[p_key, 'recharge']);
  if asked_before(p_key, p_asked, 'policy') then return false; end if;
  v_policy := row(1 + coalesce((select max(ordinal) from recharge_policy), 0), (p_asked ->> 'since')::date, (p_asked ->> 'opening')::bigint, (p_asked ->> 'band_days')::integer,
    p_asked ->> 'approver', p_person, p_now);
  insert into recharge_policy select v_policy.*;
  perform note_recharge(p_key, p_asked, to_json(v_policy), 'recharge', p_person, p_source, p_why, p_now);
  return true;
end $$;

-- Appends a cost, or with `reverses` takes one back as it stands. Gives its number; by the same key again the same one.
create function headgate.record_cost(p_key text, p_asked json, p_person text, p_source text, p_why text, p_now timestamptz) returns bigint
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_cost headgate.recharge_cost;
begin
  perform lock_keys(array[p_key, 'recharge']);
  if asked_before(p_key, p_asked, 'policy') then return (select (detail #>> '{row,number}')::bigint from journal_transaction where key = p_key); end if;
  if p_asked ->> 'reverses' is not null then
    select * into v_cost from recharge_cost where number = (p_asked ->> 'reverses')::bigint and reverses is null;
    if not found then perform refuse('recharge.cost-unknown', p_asked ->> 'reverses'); end if;
    if exists (select from recharge_cost where reverses = v_cost.number) then perform refuse('recharge.cost-reversed', v_cost.number::text); end if;
    v_cost.reverses := v_cost.number;
  else
    v_cost := row(0, (p_asked ->> 'from_day')::date, (p_asked ->> 'to_day')::date, (p_asked ->> 'amount')::bigint, p_asked ->> 'category', p_asked ->> 'document', null, p_person, p_now);
  end if;
  v_cost.number := 1 + coalesce((select max(number) from recharge_cost), 0);
  v_cost.person := p_person;
  v_cost.recorded_at := p_now;
  insert into recharge_cost select v_cost.*;
  perform note_recharge(p_key, p_asked, to_json(v_cost), 'recharge-cost', p_person, p_source, p_why, p_now);
  return v_cost.number;
end $$;
