-- The overhead account of a cluster: it pays what no job can be held for (nodes that never boot, idle tails, the rest of shared nodes, untagged rows).
--
-- Which account it is, at how much of its allocation the alarm is raised, and who pays idle tails is decided in transactions of kind 'overhead'; so are the moments at
-- which the alarm was raised and cleared. A charge is like any other, with the cluster and the kind of overhead in its detail. The alarm is raised in the transaction of the
-- charge that crosses it; where the money came by another road (a direct charge, a cut) the worker finds it in its next turn.
--
-- Several clusters may share one account: what each used is told apart by its charges, and each has an alarm of its own.

create table headgate.overhead (
  cluster text primary key check (cluster ~ '^[a-z][a-z0-9_.-]{0,62}$'),
  account_id integer not null references headgate.account (id),
  -- Per cent of what is allocated.
  alarm integer not null check (alarm between 10 and 100),
  idle_payer text not null check (idle_payer in ('overhead', 'last-user', 'shared')),
  -- How long a node waits for work before it powers down (ScaledownIdletime).
  idle_minutes integer not null check (idle_minutes between 0 and 10080),
  -- When the alarm was raised last, and when it was cleared after that.
  raised_at timestamptz,
  cleared_at timestamptz,
  check (cleared_at is null or raised_at is not null)
);
create index overhead_account on headgate.overhead (account_id);
-- Usage by cluster and kind. `overhead` is a name that no other charge has in its detail.
create index journal_transaction_overhead on headgate.journal_transaction ((detail ->> 'cluster'), effective_at) where kind = 'charge' and detail ->> 'overhead' is not null;

-- Whether the alarm of one rings, as it did before and what its account uses now. Raised at the threshold, cleared 5 points below it; nothing used rings no alarm.
create function headgate.alarm_rings(p_rings boolean, p_alarm integer, p_used bigint, p_allocated bigint) returns boolean language sql immutable as $$
  select p_used > 0 and p_used::numeric * 100 >= p_allocated::numeric * (case when p_rings then p_alarm - 5 else p_alarm end)
$$;

-- Raises and clears the alarms of all clusters on these accounts as a batch. The caller has locked the key 'overhead', then the balances. Gives how many changed.
create function headgate.judge_alarms(p_accounts integer[], p_person text, p_source text, p_now timestamptz) returns integer
language plpgsql volatile as $$
declare
  v_one record;
  v_batch bigint := nextval('batch_number');
  v_written integer := 0;
begin
  for v_one in
    select o.*, a.unit, b.allocated, b.spent + b.held + b.leased used, o.raised_at is not null and o.cleared_at is null rings
    from overhead o join account a on a.id = o.account_id join balance b on b.node_id = o.account_id where o.account_id = any (p_accounts) order by o.cluster
  loop
    continue when alarm_rings(v_one.rings, v_one.alarm, v_one.used, v_one.allocated) = v_one.rings;
    v_written := v_written + 1;
    insert into journal_transaction (number, kind, key, account_id, unit, nodes, amount, effective_at, person, by_person, source, why, subject, detail)
    values (v_batch * 1024 + v_written, 'overhead', 'ledger:overhead-alarm:' || v_one.cluster || ':' || v_batch, v_one.account_id, v_one.unit, array[v_one.account_id], 0, p_now,
      p_person, p_person, p_source, case when v_one.rings then 'the alarm was cleared' else 'the alarm was raised' end, 'overhead:' || v_one.cluster,
      json_build_object('alarm', case when v_one.rings then 'cleared' else 'raised' end, 'threshold', v_one.alarm, 'used', v_one.used::text, 'allocated', v_one.allocated::text));
    update overhead set raised_at = case when v_one.rings then raised_at else p_now end, cleared_at = case when v_one.rings then p_now end where cluster = v_one.cluster;
  end loop;
  if v_written > 0 then perform seal_batch(v_batch, p_now); end if;
  return v_written;
end $$;

-- Names the overhead account of a cluster, its alarm and its rule of idle tails. True when it was done now, false when by this key before.
create function headgate.set_overhead(p_key text, p_asked json, p_person text, p_source text, p_why text, p_now timestamptz) returns boolean
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_set headgate.overhead := json_populate_record(null::headgate.overhead, p_asked);
  v_account headgate.account := account_named(p_asked ->> 'account');
  v_batch bigint := nextval('batch_number');
begin
  perform lock_keys(array['overhead']);
  perform lock_keys(array[p_key]);
  if asked_before(p_key, p_asked, 'overhead') then return false; end if;
  if v_account.kind <> 'overhead' then perform refuse('budget.overhead-kind', v_account.name); end if;
  perform lock_nodes(array[v_account.id]);
  insert into overhead (cluster, account_id, alarm, idle_payer, idle_minutes)
  values (v_set.cluster, v_account.id, v_set.alarm, v_set.idle_payer, v_set.idle_minutes)
  on conflict (cluster) do update
  set account_id = excluded.account_id, alarm = excluded.alarm, idle_payer = excluded.idle_payer, idle_minutes = excluded.idle_minutes;
  insert into journal_transaction (number, kind, key, account_id, unit, nodes, amount, effective_at, person, by_person, source, why, subject, detail)
  values (v_batch * 1024 + 1, 'overhead', p_key, v_account.id, v_account.unit, array[v_account.id], 0, p_now, p_person, p_person, p_source, p_why, 'overhead:' || v_set.cluster,
    json_build_object('asked', p_asked));
  perform seal_batch(v_batch, p_now);
  perform judge_alarms(array[v_account.id], p_person, p_source, p_now);
  return true;
end $$;

-- Charges the overhead account of a cluster. p_ask is that of a charge without account and unit; the subject says cluster and kind, so that a key is compared with them. What was
-- charged before keeps its account, whichever the cluster has now. The alarm is raised or cleared in the same transaction.
create type headgate.overhead_answer as (code text, number bigint, charged bigint, overrun bigint, replayed boolean, account text, unit text);
create function headgate.charge_overhead(p_cluster text, p_kind text, p_ask json, p_now timestamptz) returns headgate.overhead_answer
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_key text := p_ask ->> 'key';
  v_account headgate.account;
  v_answer headgate.charge_answer;
begin
  perform lock_keys(array['overhead']);
  perform lock_cost_keys(array[v_key]);
  select a.* into v_account from journal_transaction t join account a on a.name = t.detail ->> 'addressed' or t.detail ->> 'addressed' is null and a.id = t.account_id
  where t.key in (v_key, late_key(v_key)) limit 1;
  if not found then select a.* into v_account from overhead o join account a on a.id = o.account_id where o.cluster = p_cluster; end if;
  if v_account.id is null then perform refuse('budget.overhead-unset', p_cluster); end if;
  select * into v_answer from charge_dated(json_build_array(to_jsonb(p_ask) || jsonb_build_object('account', v_account.name, 'unit', v_account.unit,
    'subject', 'overhead:' || p_cluster || '/' || p_kind, 'detail', jsonb_build_object('cluster', p_cluster, 'overhead', p_kind))), p_now);
  -- Its path is locked by the charge; an overhead account elsewhere was not changed by it.
  if v_answer.code is null and not v_answer.replayed then perform judge_alarms(v_account.path, p_ask ->> 'by_person', p_ask ->> 'source', p_now); end if;
  -- The account that it went to in the end: a late fund, where the overhead account is an award's.
  return row(v_answer.code, v_answer.number, v_answer.charged, v_answer.overrun, v_answer.replayed,
    (select a.name from journal_transaction t join account a on a.id = t.account_id where t.number = v_answer.number), v_account.unit)::overhead_answer;
end $$;

-- Looks at every alarm, whichever road the money came by. Gives how many changed.
create function headgate.turn_alarms(p_source text, p_now timestamptz) returns integer
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_accounts integer[] := array(select distinct account_id from overhead);
begin
  -- Mostly nothing has to change, and nobody is kept waiting.
  if not exists (
    select from overhead o join balance b on b.node_id = o.account_id
    where alarm_rings(o.raised_at is not null and o.cleared_at is null, o.alarm, b.spent + b.held + b.leased, b.allocated) <> (o.raised_at is not null and o.cleared_at is null)
  ) then return 0; end if;
  perform lock_keys(array['overhead']);
  perform lock_nodes(v_accounts);
  return judge_alarms(v_accounts, 'headgate', p_source, p_now);
end $$;
