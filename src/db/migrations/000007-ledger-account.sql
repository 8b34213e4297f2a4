-- Opening accounts, giving them money, and deciding what stands in their way. Each movement is journalled under its key.

-- Refuses in the way the budget room reads: the problem's code as the detail, the level with its unit and what it can commit as the hint.
create function headgate.refuse(p_code text, p_account text, p_available bigint default 0) returns void
language plpgsql stable as $$
begin
  raise exception '%: %', p_code, p_account using errcode = 'HG001', detail = p_code, hint = json_build_object('account', p_account, 'available', p_available::text,
    'unit', (select unit from account where name = split_part(p_account, '/', 1)))::text;
end $$;

create function headgate.account_named(p_name text) returns headgate.account
language plpgsql volatile as $$
declare
  v_account headgate.account;
begin
  select * into v_account from account where name = p_name and kind <> 'outside';
  if not found then perform refuse('budget.account-unknown', p_name); end if;
  return v_account;
end $$;

-- Whether the key was used before for exactly this; used for anything else it is refused.
create function headgate.done_before(p_key text, p_kind text, p_account_id integer, p_nodes integer[], p_amount bigint, p_detail json) returns boolean
language plpgsql volatile as $$
declare
  v_done headgate.journal_transaction;
begin
  select * into v_done from journal_transaction where key = p_key;
  if not found then return false; end if;
  if (v_done.kind, v_done.account_id, v_done.nodes, v_done.amount, v_done.detail::text) is distinct from (p_kind, p_account_id, p_nodes, p_amount, p_detail::text) then
    perform refuse('idempotency.mismatch', p_key);
  end if;
  return true;
end $$;

-- Opens an account with nothing allocated. An advance account spends what nobody has granted yet: it needs a reason and somebody who approved it. True when it was made, false when this key has made it before.
create function headgate.open_account(p_key text, p_name text, p_title text, p_kind text, p_parent text, p_unit text, p_starts_at timestamptz, p_ends_at timestamptz,
  p_slurm_account text, p_person text, p_source text, p_now timestamptz, p_why text default null, p_approver text default null) returns boolean
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_detail json := json_build_object('title', p_title, 'kind', p_kind, 'parent', p_parent, 'unit', p_unit, 'starts_at', extract(epoch from p_starts_at),
    'ends_at', extract(epoch from p_ends_at), 'slurm_account', p_slurm_account);
  v_parent headgate.account;
  v_there headgate.account;
  v_batch bigint := nextval('batch_number');
  v_id integer;
begin
  if p_kind = 'advance' and (p_why is null or p_approver is null) then perform refuse('budget.advance-approval', p_name); end if;
  if p_why is not null or p_approver is not null then
    v_detail := (v_detail::jsonb || jsonb_build_object('reason', p_why, 'approver', p_approver))::json;
  end if;
  -- With the key that its opening allocation has in the same transaction.
  perform lock_keys(array[p_key, 'ledger:money:' || p_key]);
  -- One at a time: ids have to ascend along every path.
  lock table account in share row exclusive mode;
  select * into v_there from account where name = p_name;
  if found then
    if done_before(p_key, 'open', v_there.id, v_there.path, 0, v_detail) then return false; end if;
    perform refuse('budget.account-exists', p_name);
  end if;
  if p_parent is not null then
    v_parent := account_named(p_parent);
    if v_parent.unit <> p_unit then perform refuse('budget.unit-mismatch', p_parent); end if;
  end if;
  if exists (select from journal_transaction where key = p_key) then perform refuse('idempotency.mismatch', p_key); end if;
  if p_ends_at <= p_starts_at then perform refuse('value.range', p_name); end if;
  v_id := nextval('node_number');
  insert into account (id, name, title, kind, parent_id, path, unit, slurm_account, created_by, created_at)
  values (v_id, p_name, p_title, p_kind, v_parent.id, v_parent.path || v_id, p_unit, p_slurm_account, p_person, p_now);
  insert into balance (node_id, unit, starts_at, ends_at) values (v_id, p_unit, p_starts_at, p_ends_at);
  insert into journal_transaction (number, kind, key, account_id, unit, nodes, amount, effective_at, person, by_person, source, why, subject, detail)
  values (v_batch * 1024 + 1, 'open', p_key, v_id, p_unit, v_parent.path || v_id, 0, p_now, p_person, p_person, p_source, coalesce(p_why, 'account opened'), p_name, v_detail);
  perform seal_batch(v_batch, p_now);
  return true;
end $$;

-- Writes the entries that give a node p_amount from another, or take it away when negative. Money that is given covers overrun first;
-- where less is left than is committed, the rest becomes overrun.
create function headgate.give(p_number bigint, p_ordinal integer, p_other integer, p_balance headgate.balance, p_amount bigint) returns void
language plpgsql volatile as $$
declare
  v_room bigint := p_balance.allocated - p_balance.spent - p_balance.held - p_balance.leased + p_amount;
  v_overrun bigint := case when p_amount < 0 then greatest(0, -v_room - p_balance.overrun) else -least(p_amount, p_balance.overrun) end;
begin
  insert into journal_entry (transaction, ordinal, from_node, from_pocket, to_node, to_pocket, amount)
  select p_number, p_ordinal, case when p_amount > 0 then p_other else p_balance.node_id end, 'free', case when p_amount > 0 then p_balance.node_id else p_other end, 'free',
    abs(p_amount) where p_amount <> 0 and p_other <> p_balance.node_id
  union all
  select p_number, p_ordinal + 1, p_balance.node_id, case when v_overrun > 0 then 'overrun' else 'free' end, p_balance.node_id,
    case when v_overrun > 0 then 'free' else 'overrun' end, abs(v_overrun) where v_overrun <> 0;
end $$;

-- Allocates to one account, or with p_through to every account of its path. A negative amount takes back what is free and is refused
-- beyond that, unless p_cut says that it is the truth (an award was cut): then it posts. True when it was done now, false when by this key before.
create function headgate.allocate(p_key text, p_account text, p_amount bigint, p_through boolean, p_cut boolean, p_person text, p_source text, p_why text,
  p_effective_at timestamptz, p_now timestamptz) returns boolean
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_account headgate.account := account_named(p_account);
  v_nodes integer[] := case when p_through then v_account.path else array[v_account.id] end;
  v_kind text := case when p_cut then 'cut' else 'allocate' end;
  v_outside integer := (select id from account where kind = 'outside' and unit = v_account.unit);
  v_balance headgate.balance;
  v_batch bigint := nextval('batch_number');
  v_ordinal integer := 1;
begin
  perform lock_keys(array[p_key]);
  perform from balance where node_id = any (v_nodes) order by node_id for update;
  if done_before(p_key, v_kind, v_account.id, v_nodes, p_amount, null) then return false; end if;
  insert into journal_transaction (number, kind, key, account_id, unit, nodes, amount, effective_at, person, by_person, source, why)
  values (v_batch * 1024 + 1, v_kind, p_key, v_account.id, v_account.unit, v_nodes, p_amount, p_effective_at, p_person, p_person, p_source, p_why);
  for v_balance in select * from balance where node_id = any (v_nodes) order by node_id loop
    if v_balance.status = 'closed' and p_amount > 0 then perform refuse('budget.closed', node_name(v_balance.node_id)); end if;
    if p_amount < 0 and not p_cut and v_balance.allocated - v_balance.spent - v_balance.held - v_balance.leased + p_amount < 0 then
      perform refuse('budget.insufficient', node_name(v_balance.node_id), greatest(0, v_balance.allocated - v_balance.spent - v_balance.held - v_balance.leased));
    end if;
    if v_balance.allocated + p_amount not between 0 and 1000000000000000000 then perform refuse('budget.amount-invalid', node_name(v_balance.node_id)); end if;
    perform give(v_batch * 1024 + 1, v_ordinal, v_outside, v_balance, p_amount);
    v_ordinal := v_ordinal + 2;
  end loop;
  perform seal_batch(v_batch, p_now);
  return true;
end $$;

-- Moves what is free from one account to another of the same unit. True when it was done now, false when by this key before.
create function headgate.transfer(p_key text, p_from text, p_to text, p_amount bigint, p_person text, p_source text, p_why text, p_effective_at timestamptz, p_now timestamptz)
returns boolean
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_from headgate.account := account_named(p_from);
  v_to headgate.account := account_named(p_to);
  v_nodes integer[] := array[least(v_from.id, v_to.id), greatest(v_from.id, v_to.id)];
  v_detail json := json_build_object('to', p_to);
  v_balance headgate.balance;
  v_room bigint;
  v_batch bigint := nextval('batch_number');
begin
  if v_from.unit <> v_to.unit or v_from.id = v_to.id then perform refuse('budget.unit-mismatch', p_to); end if;
  perform lock_keys(array[p_key]);
  perform from balance where node_id = any (v_nodes) order by node_id for update;
  if done_before(p_key, 'transfer', v_from.id, v_nodes, p_amount, v_detail) then return false; end if;
  select allocated - spent - held - leased into v_room from balance where node_id = v_from.id;
  if p_amount > v_room then perform refuse('budget.insufficient', p_from, greatest(0, v_room)); end if;
  select * into v_balance from balance where node_id = v_to.id;
  if v_balance.status = 'closed' then perform refuse('budget.closed', p_to); end if;
  insert into journal_transaction (number, kind, key, account_id, unit, nodes, amount, effective_at, person, by_person, source, why, detail)
  values (v_batch * 1024 + 1, 'transfer', p_key, v_from.id, v_from.unit, v_nodes, p_amount, p_effective_at, p_person, p_person, p_source, p_why, v_detail);
  perform give(v_batch * 1024 + 1, 1, v_from.id, v_balance, p_amount);
  perform seal_batch(v_batch, p_now);
  return true;
end $$;

-- Decides that overrun which fits again under the limit (reservations were given back) is dealt with. True when done now, false when by this key before.
create function headgate.absorb_overrun(p_key text, p_account text, p_person text, p_source text, p_why text, p_now timestamptz) returns boolean
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_account headgate.account := account_named(p_account);
  v_balance headgate.balance;
  v_absorbed bigint;
  v_done headgate.journal_transaction;
  v_batch bigint := nextval('batch_number');
begin
  perform lock_keys(array[p_key]);
  select * into v_balance from balance where node_id = v_account.id for update;
  select * into v_done from journal_transaction where key = p_key;
  if found then
    -- The amount is what was found, so only the rest of the request is compared.
    if (v_done.kind, v_done.account_id) is distinct from ('absorb', v_account.id) then perform refuse('idempotency.mismatch', p_key); end if;
    return false;
  end if;
  v_absorbed := v_balance.overrun - greatest(0, v_balance.spent + v_balance.held + v_balance.leased - v_balance.allocated);
  if v_absorbed = 0 then perform refuse('budget.nothing-to-absorb', p_account); end if;
  insert into journal_transaction (number, kind, key, account_id, unit, nodes, amount, effective_at, person, by_person, source, why)
  values (v_batch * 1024 + 1, 'absorb', p_key, v_account.id, v_account.unit, array[v_account.id], v_absorbed, p_now, p_person, p_person, p_source, p_why);
  insert into journal_entry (transaction, ordinal, from_node, from_pocket, to_node, to_pocket, amount)
  values (v_batch * 1024 + 1, 1, v_account.id, 'free', v_account.id, 'overrun', v_absorbed);
  perform seal_batch(v_batch, p_now);
  return true;
end $$;

-- Opens, freezes or closes an account, moves its start and end, or says when money is reserved for its jobs. What is null stays as it is under the lock, so that
-- two who change different things never undo each other; '-infinity' takes the start away, 'infinity' the end, and 'inherit' leaves the last to the accounts above.
-- True when done now, false when by this key before.
create function headgate.change_account(p_key text, p_account text, p_status text, p_starts_at timestamptz, p_ends_at timestamptz, p_person text, p_source text,
  p_why text, p_now timestamptz, p_reserve_at text default null) returns boolean
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_account headgate.account := account_named(p_account);
  v_asked json := json_build_object('status', p_status, 'starts_at', p_starts_at, 'ends_at', p_ends_at, 'reserve_at', p_reserve_at);
  v_balance headgate.balance;
  v_done headgate.journal_transaction;
  v_batch bigint := nextval('batch_number');
begin
  perform lock_keys(array[p_key]);
  select * into v_balance from balance where node_id = v_account.id for update;
  select * into v_done from journal_transaction where key = p_key;
  if found then
    if (v_done.kind, v_done.account_id, v_done.detail ->> 'asked') is distinct from ('status', v_account.id, v_asked::text) then perform refuse('idempotency.mismatch', p_key); end if;
    return false;
  end if;
  v_balance.status := coalesce(p_status, v_balance.status);
  v_balance.starts_at := nullif(coalesce(p_starts_at, v_balance.starts_at), '-infinity');
  v_balance.ends_at := nullif(coalesce(p_ends_at, v_balance.ends_at), 'infinity');
  if v_balance.ends_at <= v_balance.starts_at then perform refuse('value.range', p_account); end if;
  update balance set status = v_balance.status, starts_at = v_balance.starts_at, ends_at = v_balance.ends_at where node_id = v_account.id;
  if p_reserve_at is not null then update account set reserve_at = nullif(p_reserve_at, 'inherit') where id = v_account.id; end if;
  insert into journal_transaction (number, kind, key, account_id, unit, nodes, amount, effective_at, person, by_person, source, why, detail)
  values (v_batch * 1024 + 1, 'status', p_key, v_account.id, v_account.unit, array[v_account.id], 0, p_now, p_person, p_person, p_source, p_why,
    json_build_object('status', v_balance.status, 'starts_at', extract(epoch from v_balance.starts_at), 'ends_at', extract(epoch from v_balance.ends_at), 'asked', v_asked));
  perform seal_batch(v_batch, p_now);
  return true;
end $$;

-- Sets what one person, or the work on one partition, may commit inside an account, counted from now on. True when done now, false when by this key before.
create function headgate.set_limit(p_key text, p_account text, p_scope text, p_subject text, p_amount bigint, p_person text, p_source text, p_why text,
  p_now timestamptz) returns boolean
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_account headgate.account := account_named(p_account);
  v_detail json := json_build_object('scope', p_scope, 'subject', p_subject);
  v_outside integer := (select id from account where kind = 'outside' and unit = v_account.unit);
  v_balance headgate.balance;
  v_id integer;
  v_batch bigint := nextval('batch_number');
begin
  perform lock_keys(array[p_key]);
  -- Waits for every call that has looked at the limits, and lets none begin until this commits: no hold is decided without it.
  lock table spending_limit in access exclusive mode;
  select id into v_id from spending_limit where account_id = v_account.id and scope = p_scope and subject = p_subject;
  if v_id is null then
    v_id := nextval('node_number');
    insert into balance (node_id, unit) values (v_id, v_account.unit);
    insert into spending_limit (id, account_id, scope, subject) values (v_id, v_account.id, p_scope, p_subject);
  end if;
  select * into v_balance from balance where node_id = v_id for update;
  if done_before(p_key, 'limit', v_account.id, array[v_id], p_amount, v_detail) then return false; end if;
  insert into journal_transaction (number, kind, key, account_id, unit, nodes, amount, effective_at, person, by_person, source, why, detail)
  values (v_batch * 1024 + 1, 'limit', p_key, v_account.id, v_account.unit, array[v_id], p_amount, p_now, p_person, p_person, p_source, p_why, v_detail);
  perform give(v_batch * 1024 + 1, 1, v_outside, v_balance, p_amount - v_balance.allocated);
  perform seal_batch(v_batch, p_now);
  return true;
end $$;

-- What follows is for jobs whose money is reserved when they start: it only reads.

-- When an account reserves money for jobs, and which account says so: the nearest on the path that says something.
create type headgate.reserve_rule as (reserve_at text, said_by text);
create function headgate.reserve_rule_of(p_path integer[]) returns headgate.reserve_rule
language sql stable parallel safe as $$
  select coalesce(
    (select row(a.reserve_at, a.name)::headgate.reserve_rule from headgate.account a where a.id = any (p_path) and a.reserve_at is not null order by a.id desc limit 1),
    row('submission', null)::headgate.reserve_rule)
$$;

-- What an account's own levels leave to a person: now, or with p_ever even when every reservation were given back. Below nothing where new work is stopped, or would be
-- when the work can have ended.
create function headgate.room_of(p_path integer[], p_person text, p_until timestamptz, p_ever boolean, p_now timestamptz) returns bigint
language plpgsql stable as $$
begin
  return (
    select min(case
      when case when p_ever then nullif(headgate.block_of(b, p_now), 'budget.overrun') else headgate.block_of(b, p_now) end is not null or b.ends_at < p_until then -1
      else b.allocated - b.spent - case when p_ever then 0 else b.held + b.leased end end)
    from headgate.balance b where b.node_id in (
      select unnest(p_path) union all
      select l.id from headgate.spending_limit l where l.account_id = any (p_path) and l.scope = 'person' and l.subject = p_person));
end $$;

-- The same of an account that may be paid from several funds: in order all their rooms together, by share as much as no fund's share goes beyond. A level that two funds
-- have in common is counted for both: this only looks, the ledger decides.
create function headgate.room_for(p_account text, p_person text, p_until timestamptz, p_ever boolean, p_now timestamptz) returns bigint
language plpgsql volatile set search_path = headgate, pg_temp as $$
declare
  v_account headgate.account;
  v_plan record;
begin
  select * into v_account from headgate.account a where a.name = p_account and a.kind <> 'outside';
  select * into v_plan from headgate.fund_plan p where p.account_id = v_account.id;
  if not found then
    -- Whoever is exempt needs no room: nothing is reserved then.
    if (exemption_for(p_person, v_account.path, p_now)).id is not null then return 9223372036854775807; end if;
    return headgate.room_of(v_account.path, p_person, p_until, p_ever, p_now);
  end if;
  return (
    select case v_plan.mode when 'order' then sum(greatest(0, f.room)) else min(div(f.room::numeric * 1000000, nullif(f.share, 0))) end::bigint
    from (
      select headgate.room_of(a.path, p_person, p_until, p_ever, p_now) as room, v_plan.shares[u.place] as share
      from unnest(v_plan.funds) with ordinality u (id, place) join headgate.account a on a.id = u.id
    ) f);
end $$;

-- What stands against a job for good, not only now: an account that is not there, keeps another unit, is not open, ends before the job can have ended, or would have
-- less than the job can cost even when every reservation were given back. Null when nothing does. Reads only, and promises nothing.
create type headgate.never as (code text, level text, available bigint, at timestamptz);
create function headgate.never_bears(p_account text, p_unit text, p_person text, p_amount bigint, p_until timestamptz, p_now timestamptz) returns headgate.never
language plpgsql volatile set search_path = headgate, pg_temp as $$
declare
  v_account headgate.account;
  v_funded boolean;
  v_lifted text;
  v_never headgate.never;
  v_room bigint;
begin
  select * into v_account from headgate.account a where a.name = p_account and a.kind <> 'outside';
  if not found then return row('budget.account-unknown', p_account, 0, null)::headgate.never; end if;
  if v_account.unit <> p_unit then return row('budget.unit-mismatch', p_account, 0, null)::headgate.never; end if;
  -- An account that is paid from funds says itself only whether there may be work at all.
  v_funded := exists (select from headgate.fund_plan p where p.account_id = v_account.id);
  v_lifted := case when not v_funded and (exemption_for(p_person, v_account.path, p_now)).id is not null then 'budget.frozen' end;
  select coalesce(x.code, 'budget.crosses-end'), headgate.node_name(x.node_id), 0, case x.code when 'budget.not-started' then x.starts_at else x.ends_at end into v_never
  from (
    select b.node_id, b.starts_at, b.ends_at, nullif(nullif(headgate.block_of(b, p_now), 'budget.overrun'), v_lifted) as code
    from headgate.balance b where b.node_id = any (case when v_funded then array[v_account.id] else v_account.path end)
  ) x
  where x.code is not null or x.ends_at < p_until
  order by x.code is null, x.node_id limit 1;
  if found then return v_never; end if;
  v_room := headgate.room_for(p_account, p_person, p_until, true, p_now);
  if v_room >= p_amount then return null; end if;
  return row('budget.insufficient', coalesce((
    select headgate.node_name(b.node_id) from headgate.balance b
    where not v_funded and b.allocated - b.spent = v_room and b.node_id in (
      select unnest(v_account.path) union all
      select l.id from headgate.spending_limit l where l.account_id = any (v_account.path) and l.scope = 'person' and l.subject = p_person)
    order by b.node_id desc limit 1), p_account), greatest(0, v_room), null)::headgate.never;
end $$;
