-- Alerts: rules on what accounts spend, what was found of them, and the messages about it.
--
-- A rule says of an account: when this measure reaches this threshold, do that. It rings once when the threshold is reached and can ring again only after the measure has
-- gone back beyond its margin. Ringing, clearing and lifting are transactions of kind 'alert' in the journal; in the same database transaction the account is stopped or
-- let go, and one message for each destination is put in the outbox. So nothing rings without being told, and nothing is told that did not happen.
--
-- Every destination is a line of its own: messages have places in it without a gap, taken under the lock of the destination, and are sent in that order by whoever has its
-- lease. A message keeps its id however often it is sent.

create table headgate.alert_rule (
  id integer generated always as identity primary key,
  account_id integer not null references headgate.account (id),
  -- spent, committed: per cent of what is allocated, reservations and leases too in the second. projected: per cent of it that will be spent by the end (median of the forecast).
  -- runs-out: days until the money runs out (its median). anomaly: how many times further from its usual than is usual a day's spending is.
  measure text not null check (measure in ('spent', 'committed', 'projected', 'runs-out', 'anomaly')),
  threshold integer not null check (threshold between 1 and 1000),
  margin integer not null check (margin between 0 and 1000),
  -- approval: nothing new until somebody who manages the account says yes; stop: until an administrator does; hold: and what waits does not start. off: the rule is no more.
  action text not null check (action in ('notify', 'approval', 'stop', 'hold', 'off')),
  severity text not null check (severity in ('info', 'warning', 'critical')),
  destinations text[] not null check (cardinality(destinations) <= 10),
  reason text not null check (char_length(reason) between 1 and 500),
  person text not null,
  since timestamptz not null,
  -- The alert that rings by it.
  ringing bigint,
  unique (account_id, measure, threshold)
);

create table headgate.alert (
  number bigint generated always as identity primary key,
  rule_id integer not null references headgate.alert_rule (id),
  account_id integer not null references headgate.account (id),
  -- The rule as it was.
  measure text not null,
  threshold integer not null,
  action text not null check (action in ('notify', 'approval', 'stop', 'hold')),
  severity text not null,
  destinations text[] not null,
  -- What was found: the measure, and the facts behind it.
  value float8 not null,
  facts json not null,
  raised_at timestamptz not null,
  cleared_at timestamptz check (cleared_at >= raised_at),
  lifted_at timestamptz,
  lifted_by text,
  lifted_why text check (char_length(lifted_why) between 1 and 500),
  acknowledged_at timestamptz,
  acknowledged_by text,
  notes text check (char_length(notes) <= 500),
  constraint alert_lifted check ((lifted_at is null) = (lifted_by is null) and (lifted_at is null) = (lifted_why is null)),
  constraint alert_acknowledged check ((acknowledged_at is null) = (acknowledged_by is null))
);
create index alert_account on headgate.alert (account_id, number);
create index alert_acting on headgate.alert (account_id) where cleared_at is null and lifted_at is null and action <> 'notify';

create table headgate.alert_destination (
  name text primary key check (char_length(name) between 1 and 320),
  last_place bigint not null default 0,
  -- Everything up to this place was sent, or refused for good.
  done_place bigint not null default 0 check (done_place between 0 and last_place),
  -- Who sends, and until when nobody else does.
  lease uuid,
  leased_until timestamptz,
  -- How often in a row it did not work, why the last time, and when it is tried again.
  failures integer not null default 0 check (failures >= 0),
  fault text,
  next_at timestamptz,
  check ((lease is null) = (leased_until is null))
);

create table headgate.alert_message (
  id uuid primary key,
  destination text not null references headgate.alert_destination (name),
  place bigint not null check (place > 0),
  alert bigint references headgate.alert (number),
  account_id integer not null references headgate.account (id),
  event text not null check (event in ('raised', 'cleared', 'lifted', 'test')),
  facts json not null,
  created_at timestamptz not null,
  attempts integer not null default 0,
  sent_at timestamptz,
  -- The receiver refuses this very message and always will: it was set aside, so that those behind it arrive.
  refused_at timestamptz,
  fault text,
  unique (destination, place),
  check (sent_at is null or refused_at is null)
);
create index alert_message_alert on headgate.alert_message (alert);
create index alert_message_waiting on headgate.alert_message (created_at) where sent_at is null and refused_at is null;

-- Whether a rule rings, as it did before and what was measured now: reached at the threshold, left again beyond the margin. For days until money runs out, less is worse.
create function headgate.alert_rings(p_rings boolean, p_measure text, p_threshold integer, p_margin integer, p_value float8) returns boolean language sql immutable as $$
  select case when p_measure = 'runs-out' then case when p_rings then p_value <= p_threshold + p_margin else p_value <= p_threshold end
    else case when p_rings then p_value >= p_threshold - p_margin and p_value > 0 else p_value >= p_threshold end end
$$;

-- Per cent of what is allocated; where nothing is, all is too much.
create function headgate.alert_share(p_measure text, b headgate.balance) returns float8 language sql immutable as $$
  select case when u.used = 0 then 0 when b.allocated = 0 then 1000 else (u.used::numeric * 100 / b.allocated)::float8 end
  from (select b.spent + case p_measure when 'committed' then b.held + b.leased else 0 end as used) u
$$;

-- Stops an account as the strictest of its alerts that act asks, or lets it go. The caller has its balance locked.
create function headgate.stop_account(p_account_id integer) returns void
language plpgsql volatile as $$
begin
  update balance set stopped = (
    select case a.action when 'hold' then 'pending' when 'stop' then 'new' else 'approval' end
    from alert a where a.account_id = p_account_id and a.cleared_at is null and a.lifted_at is null and a.action <> 'notify'
    order by array_position(array['hold', 'stop', 'approval'], a.action) limit 1)
  where node_id = p_account_id;
  perform pg_notify('budget_changed', '');
  -- What was held back may start.
  perform pg_notify('job_work', '');
end $$;

-- Puts a message for each destination into the outbox. Destinations are locked in one order.
create function headgate.tell_alert(p_destinations text[], p_alert bigint, p_account_id integer, p_event text, p_facts json, p_now timestamptz) returns void
language plpgsql volatile as $$
declare
  v_name text;
  v_place bigint;
begin
  for v_name in select distinct d from unnest(p_destinations) d order by d loop
    insert into alert_destination (name) values (v_name) on conflict do nothing;
    update alert_destination set last_place = last_place + 1 where name = v_name returning last_place into v_place;
    insert into alert_message (id, destination, place, alert, account_id, event, facts, created_at)
    values (gen_random_uuid(), v_name, v_place, p_alert, p_account_id, p_event, p_facts, p_now);
  end loop;
  perform pg_notify('alert_message', '');
end $$;

-- Writes what became of an alert into the journal, stops or lets go its account, and tells it.
create function headgate.note_alert(p_alert headgate.alert, p_event text, p_key text, p_asked json, p_value float8, p_facts json, p_person text, p_source text, p_why text,
  p_now timestamptz) returns void
language plpgsql volatile as $$
declare
  v_batch bigint := nextval('batch_number');
  v_account headgate.account;
begin
  select * into v_account from account where id = p_alert.account_id;
  perform stop_account(v_account.id);
  insert into journal_transaction (number, kind, key, account_id, unit, nodes, amount, effective_at, person, by_person, source, why, subject, detail)
  values (v_batch * 1024 + 1, 'alert', p_key, v_account.id, v_account.unit, array[v_account.id], 0, p_now, p_person, p_person, p_source, p_why, 'alert:' || p_alert.number,
    json_build_object('event', p_event, 'measure', p_alert.measure, 'threshold', p_alert.threshold, 'value', p_value, 'action', p_alert.action, 'asked', p_asked));
  perform seal_batch(v_batch, p_now);
  perform tell_alert(p_alert.destinations, p_alert.number, v_account.id, p_event,
    json_build_object('account', v_account.name, 'unit', v_account.unit, 'measure', p_alert.measure, 'threshold', p_alert.threshold, 'action', p_alert.action,
      'severity', p_alert.severity, 'value', p_value, 'by', p_person, 'why', p_why, 'found', p_facts), p_now);
end $$;

-- Ends an alert: what it was about is over, or its rule changed. The caller has the key 'alert' and the account's balance locked.
create function headgate.clear_alert(p_number bigint, p_value float8, p_facts json, p_person text, p_source text, p_why text, p_now timestamptz) returns void
language plpgsql volatile as $$
declare
  v_alert headgate.alert;
begin
  update alert set cleared_at = greatest(p_now, raised_at) where number = p_number returning * into v_alert;
  update alert_rule set ringing = null where id = v_alert.rule_id;
  perform note_alert(v_alert, 'cleared', 'ledger:alert:' || p_number || ':cleared', null, p_value, p_facts, p_person, p_source, p_why, p_now);
end $$;

-- Judges one rule by what was measured, with the key 'alert' and the account's balance locked. True when it rang or was cleared.
create function headgate.judge_rule(p_rule headgate.alert_rule, p_value float8, p_facts json, p_person text, p_source text, p_now timestamptz) returns boolean
language plpgsql volatile as $$
declare
  v_alert headgate.alert;
begin
  if p_rule.action = 'off' or alert_rings(p_rule.ringing is not null, p_rule.measure, p_rule.threshold, p_rule.margin, p_value) = (p_rule.ringing is not null) then return false; end if;
  if p_rule.ringing is not null then
    perform clear_alert(p_rule.ringing, p_value, p_facts, p_person, p_source, 'it is over', p_now);
    return true;
  end if;
  insert into alert (rule_id, account_id, measure, threshold, action, severity, destinations, value, facts, raised_at)
  values (p_rule.id, p_rule.account_id, p_rule.measure, p_rule.threshold, p_rule.action, p_rule.severity, p_rule.destinations, p_value, p_facts, p_now) returning * into v_alert;
  update alert_rule set ringing = v_alert.number where id = p_rule.id;
  perform note_alert(v_alert, 'raised', 'ledger:alert:' || v_alert.number || ':raised', null, p_value, p_facts, p_person, p_source, 'the threshold was reached', p_now);
  return true;
end $$;

-- What is known of an account's money, as the facts of an alert have it.
create function headgate.alert_facts(b headgate.balance) returns json language sql immutable as $$
  select json_build_object('allocated', b.allocated::text, 'spent', b.spent::text, 'reserved', b.held::text, 'leased', b.leased::text)
$$;

-- Judges the rules of balances of these accounts. The caller has locked the key 'alert'. Gives how many rang or were cleared.
create function headgate.judge_shares(p_accounts integer[], p_person text, p_source text, p_now timestamptz) returns integer
language plpgsql volatile as $$
declare
  v_rule headgate.alert_rule;
  v_balance headgate.balance;
  v_changed integer := 0;
begin
  perform lock_nodes(p_accounts);
  for v_rule in
    select r.* from alert_rule r where r.action <> 'off' and r.measure in ('spent', 'committed') and r.account_id = any (p_accounts)
    order by r.account_id, r.threshold, r.measure
  loop
    select * into v_balance from balance where node_id = v_rule.account_id;
    if judge_rule(v_rule, alert_share(v_rule.measure, v_balance), alert_facts(v_balance), p_person, p_source, p_now) then v_changed := v_changed + 1; end if;
  end loop;
  return v_changed;
end $$;

-- Looks at the rules of balances. Mostly nothing has to change, and nobody is kept waiting; else only who uses an account that seems to change is, while it is judged.
create function headgate.turn_alerts(p_source text, p_now timestamptz) returns integer
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_accounts integer[] := array(
    select distinct r.account_id from alert_rule r join balance b on b.node_id = r.account_id
    where r.action <> 'off' and r.measure in ('spent', 'committed')
      and alert_rings(r.ringing is not null, r.measure, r.threshold, r.margin, alert_share(r.measure, b)) <> (r.ringing is not null));
begin
  if cardinality(v_accounts) = 0 then return 0; end if;
  perform lock_keys(array['alert']);
  return judge_shares(v_accounts, 'headgate', p_source, p_now);
end $$;

-- Judges one rule by what was measured elsewhere: forecasts and anomalies. False as well when the rule is no more.
create function headgate.measure_alert(p_rule_id integer, p_value float8, p_facts json, p_source text, p_now timestamptz) returns boolean
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_rule headgate.alert_rule;
begin
  perform lock_keys(array['alert']);
  select * into v_rule from alert_rule where id = p_rule_id and action <> 'off';
  if not found then return false; end if;
  perform lock_nodes(array[v_rule.account_id]);
  return judge_rule(v_rule, p_value, p_facts, 'headgate', p_source, p_now);
end $$;

-- Sets a rule from now on; 'off' takes it away. What rings by it is cleared, and judged again by the new rule. True when it was done now, false when by this key before.
create function headgate.set_alert_rule(p_key text, p_asked json, p_person text, p_source text, p_why text, p_now timestamptz) returns boolean
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_set headgate.alert_rule := json_populate_record(null::headgate.alert_rule, p_asked);
  v_account headgate.account := account_named(p_asked ->> 'account');
  v_rule headgate.alert_rule;
  v_batch bigint := nextval('batch_number');
begin
  perform lock_keys(array['alert']);
  perform lock_keys(array[p_key]);
  if asked_before(p_key, p_asked, 'policy') then return false; end if;
  select * into v_rule from alert_rule where account_id = v_account.id and measure = v_set.measure and threshold = v_set.threshold;
  if v_set.action = 'off' and coalesce(v_rule.action, 'off') = 'off' then perform refuse('alert.rule-unknown', v_account.name); end if;
  if v_set.action <> 'off' and coalesce(v_rule.action, 'off') = 'off' and (select count(*) from alert_rule where account_id = v_account.id and action <> 'off') >= 20 then
    perform refuse('alert.too-many', v_account.name);
  end if;
  perform lock_nodes(array[v_account.id]);
  insert into journal_transaction (number, kind, key, account_id, unit, nodes, amount, effective_at, person, by_person, source, why, subject, detail)
  values (v_batch * 1024 + 1, 'policy', p_key, v_account.id, v_account.unit, array[v_account.id], 0, p_now, p_person, p_person, p_source, p_why,
    'alert-rule:' || v_set.measure || ':' || v_set.threshold, json_build_object('asked', p_asked));
  perform seal_batch(v_batch, p_now);
  if v_rule.ringing is not null then
    perform clear_alert(v_rule.ringing, (select value from alert where number = v_rule.ringing), null, p_person, p_source, 'its rule was changed: ' || left(p_why, 460), p_now);
  end if;
  insert into alert_rule (account_id, measure, threshold, margin, action, severity, destinations, reason, person, since)
  values (v_account.id, v_set.measure, v_set.threshold, v_set.margin, v_set.action, v_set.severity, v_set.destinations, p_why, p_person, p_now)
  on conflict (account_id, measure, threshold) do update set margin = excluded.margin, action = excluded.action, severity = excluded.severity, destinations = excluded.destinations,
    reason = excluded.reason, person = excluded.person, since = excluded.since, ringing = null;
  perform judge_shares(array[v_account.id], p_person, p_source, p_now);
  return true;
end $$;

-- The alert of that number; refuses when there is none.
create function headgate.alert_numbered(p_number bigint) returns headgate.alert
language plpgsql volatile as $$
declare
  v_alert headgate.alert;
begin
  select * into v_alert from alert where number = p_number;
  if not found then perform refuse('alert.unknown', p_number::text); end if;
  return v_alert;
end $$;

-- Lets an account go that an alert stopped, by somebody's decision. It stays so until the rule rings anew. True when it was done now, false when by this key before.
create function headgate.lift_alert(p_key text, p_number bigint, p_person text, p_source text, p_why text, p_now timestamptz) returns boolean
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_asked json := json_build_object('lift', p_number);
  v_alert headgate.alert;
begin
  perform lock_keys(array['alert']);
  perform lock_keys(array[p_key]);
  if asked_before(p_key, v_asked, 'alert') then return false; end if;
  v_alert := alert_numbered(p_number);
  if v_alert.action = 'notify' or v_alert.cleared_at is not null or v_alert.lifted_at is not null then perform refuse('alert.nothing-to-lift', p_number::text); end if;
  perform lock_nodes(array[v_alert.account_id]);
  update alert set lifted_at = p_now, lifted_by = p_person, lifted_why = p_why where number = p_number returning * into v_alert;
  perform note_alert(v_alert, 'lifted', p_key, v_asked, v_alert.value, null, p_person, p_source, p_why, p_now);
  return true;
end $$;

-- Notes that somebody has seen an alert; the first one is kept. True when it was done now, false when by this key before or by somebody else.
create function headgate.acknowledge_alert(p_key text, p_number bigint, p_notes text, p_person text, p_source text, p_now timestamptz) returns boolean
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_asked json := json_build_object('acknowledge', p_number, 'notes', p_notes);
  v_alert headgate.alert;
  v_unit text;
  v_batch bigint := nextval('batch_number');
begin
  perform lock_keys(array['alert']);
  perform lock_keys(array[p_key]);
  if asked_before(p_key, v_asked, 'alert') then return false; end if;
  v_alert := alert_numbered(p_number);
  if v_alert.acknowledged_at is not null then return false; end if;
  update alert set acknowledged_at = p_now, acknowledged_by = p_person, notes = p_notes where number = p_number;
  select unit into v_unit from account where id = v_alert.account_id;
  insert into journal_transaction (number, kind, key, account_id, unit, nodes, amount, effective_at, person, by_person, source, why, subject, detail)
  values (v_batch * 1024 + 1, 'alert', p_key, v_alert.account_id, v_unit, array[v_alert.account_id], 0, p_now, p_person, p_person, p_source,
    coalesce(nullif(p_notes, ''), 'seen'), 'alert:' || p_number, json_build_object('event', 'acknowledged', 'asked', v_asked));
  perform seal_batch(v_batch, p_now);
  return true;
end $$;

-- Sends a message to see that it arrives, the same way as an alert. True when it was done now, false when by this key before.
create function headgate.test_alert(p_key text, p_account text, p_destinations text[], p_person text, p_source text, p_now timestamptz) returns boolean
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_account headgate.account := account_named(p_account);
  v_asked json := json_build_object('test', p_destinations);
  v_batch bigint := nextval('batch_number');
begin
  perform lock_keys(array[p_key]);
  if asked_before(p_key, v_asked, 'alert') then return false; end if;
  insert into journal_transaction (number, kind, key, account_id, unit, nodes, amount, effective_at, person, by_person, source, why, subject, detail)
  values (v_batch * 1024 + 1, 'alert', p_key, v_account.id, v_account.unit, array[v_account.id], 0, p_now, p_person, p_person, p_source, 'to see that it arrives', 'alert-test',
    json_build_object('event', 'test', 'asked', v_asked));
  perform seal_batch(v_batch, p_now);
  perform tell_alert(p_destinations, null, v_account.id, 'test', json_build_object('account', v_account.name, 'unit', v_account.unit, 'by', p_person), p_now);
  return true;
end $$;
