-- Rates of what is on our own premises, by the day from which they hold. Appended only: what was charged stays explainable.

create table headgate.rate (
  number bigint generated always as identity primary key,
  resource text not null check (resource in ('core', 'memory-gib', 'gpu')),
  -- Billionths of a dollar (or service unit) for one unit for one hour.
  rate bigint not null check (rate >= 0),
  -- Why it is free: said exactly when the rate is 0, so that nothing is free by default.
  free text check (char_length(free) between 1 and 200),
  source text not null check (char_length(source) between 1 and 200),
  dated date not null,
  recorded_by text not null check (char_length(recorded_by) between 1 and 200),
  recorded_at timestamptz not null,
  check ((rate = 0) = (free is not null))
);
create index rate_resource on headgate.rate (resource, dated, number);

create trigger append_only before update or delete or truncate on headgate.rate for each statement execute function headgate.refuse_change();

-- What one service unit is worth in dollars, by the day (UTC) from which it holds, as decided for an account that is kept in service units; the nearest account on the path
-- that has a rate by then decides for those below. Appended only, and told by the journal (kind 'policy'): what was converted stays explainable.
create table headgate.su_rate (
  account_id integer not null references headgate.account (id),
  ordinal integer not null check (ordinal > 0),
  -- Billionths of a dollar for one service unit.
  rate bigint not null check (rate > 0),
  dated date not null,
  source text not null check (char_length(source) between 1 and 200),
  approver text not null check (char_length(approver) between 1 and 200),
  person text not null,
  recorded_at timestamptz not null,
  primary key (account_id, ordinal)
);
create trigger append_only before update or delete or truncate on headgate.su_rate for each statement execute function headgate.refuse_change();

-- Appends a rate. True when it was done now, false when by this key before.
create function headgate.set_su_rate(p_key text, p_asked json, p_person text, p_source text, p_why text, p_now timestamptz) returns boolean
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_account headgate.account := account_named(p_asked ->> 'account');
  v_rate headgate.su_rate;
  v_batch bigint := nextval('batch_number');
begin
  perform lock_keys(array[p_key, 'su-rate:' || v_account.name]);
  if asked_before(p_key, p_asked, 'policy') then return false; end if;
  if v_account.unit <> 'SU' then perform refuse('budget.unit-mismatch', v_account.name); end if;
  v_rate := row(v_account.id, 1 + coalesce((select max(ordinal) from su_rate where account_id = v_account.id), 0), (p_asked ->> 'rate')::bigint, (p_asked ->> 'dated')::date,
    p_asked ->> 'source', p_asked ->> 'approver', p_person, p_now);
  insert into su_rate select v_rate.*;
  insert into journal_transaction (number, kind, key, account_id, unit, nodes, amount, effective_at, person, by_person, source, why, subject, detail)
  values (v_batch * 1024 + 1, 'policy', p_key, v_account.id, v_account.unit, array[v_account.id], 0, p_now, p_person, p_person, p_source, p_why, 'su-rate',
    json_build_object('asked', p_asked, 'rate', to_json(v_rate)));
  perform seal_batch(v_batch, p_now);
  return true;
end $$;

-- The rate that holds for an account on a day; all null where none does. Of two of one account and day the one recorded last counts.
create function headgate.su_rate_of(p_path integer[], p_day date) returns headgate.su_rate
language plpgsql stable as $$
declare
  v_rate headgate.su_rate;
begin
  select r.* into v_rate from headgate.su_rate r where r.account_id = any (p_path) and r.dated <= p_day order by r.account_id desc, r.dated desc, r.ordinal desc limit 1;
  return v_rate;
end $$;
