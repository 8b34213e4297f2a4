-- Leases: money set aside for a gate that grants work by itself while the database is away, and settles afterwards.
--
-- What is leased counts in the pocket `leased` on the whole path of its account, so nobody else can commit it. All that is leased at a level is at most a
-- quarter of what is free there or leased; a lease gets what that allows, up to what it asks. When a reservation does not fit for want of
-- what is leased, the leases of the level that refuses are recalled, the largest first, by as much as is short: the holder learns it when it renews, and
-- cannot renew without giving that back. What is settled takes the work's reservation out of the lease and charges the cost in the same batch. The truth
-- posts after the lease ended, too. A lease that is not renewed in time gives back what is left of it.

create table headgate.lease (
  id uuid primary key,
  transaction bigint not null,
  account_id integer not null,
  amount bigint not null check (amount between 1 and 1000000000000000),
  remaining bigint not null check (remaining between 0 and amount),
  -- What the holder has to give back before it may renew. A wish of the moment and no money: it is not journalled.
  recall bigint not null default 0 check (recall between 0 and remaining),
  state text not null default 'open' check (state in ('open', 'returned', 'expired')),
  expires_at timestamptz not null,
  closed_at timestamptz,
  constraint lease_closed check (case state when 'open' then closed_at is null else closed_at is not null and remaining = 0 end)
) with (fillfactor = 80);
create index lease_open on headgate.lease (account_id) where state = 'open';
create index lease_expires on headgate.lease (expires_at) where state = 'open';

-- With a code nothing was done; `account` and `available` are then those of the level that refuses. `amount` is what moved.
create type headgate.lease_answer as (
  code text, account text, available bigint, id uuid, amount bigint, remaining bigint, recall bigint, expires_at timestamptz, number bigint, charged bigint, overrun bigint,
  replayed boolean
);

-- What all levels still let be leased: a quarter of what is free or leased there, less what is leased. Gives the level that binds, the lowest of several.
create function headgate.lease_room(p_nodes integer[]) returns headgate.obstacle
language plpgsql volatile as $$
declare
  v_room headgate.obstacle;
begin
  select 'budget.insufficient', b.node_id, greatest(0, (b.allocated - b.spent - b.held) / 4 - b.leased) into v_room
  from balance b where b.node_id = any (p_nodes) order by (b.allocated - b.spent - b.held) / 4 - b.leased, b.node_id desc limit 1;
  return v_room;
end $$;

-- Writes a movement of a lease as transaction p_number, with what was asked and what is answered, so that the key can be answered again.
create function headgate.post_lease(p_number bigint, p_kind text, p_key text, p_lease headgate.lease, p_nodes integer[], p_unit text, p_at timestamptz, p_person text,
  p_source text, p_why text, p_subject text, p_asked json, p_answer headgate.lease_answer) returns void
language plpgsql volatile as $$
begin
  insert into journal_transaction (number, kind, key, account_id, unit, nodes, amount, effective_at, lease_id, expires_at, person, by_person, source, why, subject, detail)
  values (p_number, p_kind, p_key, p_lease.account_id, p_unit, p_nodes, p_answer.amount, p_at, p_lease.id, p_answer.expires_at, p_person, p_person, p_source, p_why, p_subject,
    json_build_object('asked', p_asked, 'answer', p_answer));
  insert into journal_entry (transaction, ordinal, from_node, from_pocket, to_node, to_pocket, amount)
  select p_number, 1, p_lease.account_id, case p_kind when 'lease-open' then 'free' else 'leased' end, p_lease.account_id,
    case p_kind when 'lease-open' then 'leased' else 'free' end, p_answer.amount
  where p_answer.amount > 0;
end $$;

-- The answer that a key had before; null when it is new.
create function headgate.leased_before(p_key text, p_kind text, p_account_id integer, p_lease uuid, p_asked json) returns headgate.lease_answer
language plpgsql volatile as $$
declare
  v_done headgate.journal_transaction;
  v_answer headgate.lease_answer;
begin
  select * into v_done from journal_transaction where key = p_key;
  if not found then return null; end if;
  if (v_done.kind, v_done.account_id, v_done.detail ->> 'asked') is distinct from (p_kind, p_account_id, p_asked::text) or v_done.lease_id is distinct from coalesce(p_lease, v_done.lease_id) then
    v_answer.code := 'idempotency.mismatch';
    v_answer.replayed := false;
    return v_answer;
  end if;
  v_answer := json_populate_record(null::lease_answer, v_done.detail -> 'answer');
  v_answer.replayed := true;
  return v_answer;
end $$;

create function headgate.lease_open(p_key text, p_id uuid, p_account text, p_amount bigint, p_expires_at timestamptz, p_person text, p_source text, p_why text, p_now timestamptz)
returns headgate.lease_answer
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_account headgate.account := account_named(p_account);
  v_asked json := json_build_object('amount', p_amount::text);
  v_slack headgate.slack;
  v_lease headgate.lease;
  v_refused headgate.refusal;
  v_obstacle headgate.obstacle;
  v_answer headgate.lease_answer;
  v_batch bigint := nextval('batch_number');
begin
  perform lock_keys(array[p_key]);
  v_slack := lock_nodes(v_account.path);
  v_answer := leased_before(p_key, 'lease-open', v_account.id, null, v_asked);
  if v_answer.replayed is not null then return v_answer; end if;
  v_refused := refused_before(p_key, v_account.id, 'lease', p_amount);
  if v_refused.key is not null then
    return row(v_refused.code, v_refused.level, v_refused.available, null, p_amount, 0, 0, null, null, 0, 0, v_refused.code <> 'idempotency.mismatch')::headgate.lease_answer;
  end if;
  -- Only of what is new: one that was opened is answered for good, also when its time is over meanwhile.
  if p_expires_at <= p_now then perform refuse('value.range', p_account); end if;
  v_obstacle := obstacle_to(v_account.path, 0, p_expires_at, v_slack, p_now);
  if v_obstacle.code is null then
    v_obstacle := lease_room(v_account.path);
    if v_obstacle.available > 0 then v_obstacle.code := null; end if;
  end if;
  if v_obstacle.code is not null then
    insert into refusal (key, account_id, person, subject, asked, code, level, available, at)
    values (p_key, v_account.id, p_person, 'lease', p_amount, v_obstacle.code, node_name(v_obstacle.node), greatest(0, v_obstacle.available), p_now);
    return row(v_obstacle.code, node_name(v_obstacle.node), greatest(0, v_obstacle.available), null, p_amount, 0, 0, null, null, 0, 0, false)::headgate.lease_answer;
  end if;
  v_lease := row(p_id, v_batch * 1024 + 1, v_account.id, least(p_amount, v_obstacle.available), least(p_amount, v_obstacle.available), 0, 'open', p_expires_at, null)::headgate.lease;
  insert into lease select v_lease.*;
  v_answer := row(null, p_account, null, p_id, v_lease.amount, v_lease.amount, 0, p_expires_at, v_lease.transaction, 0, 0, false);
  perform post_lease(v_lease.transaction, 'lease-open', p_key, v_lease, v_account.path, v_account.unit, p_now, p_person, p_source, p_why, null, v_asked, v_answer);
  perform seal_batch(v_batch, p_now);
  return v_answer;
end $$;

-- Gives back part of an open lease, at least what is recalled of it, and lets the rest stand until p_expires_at.
create function headgate.lease_renew(p_key text, p_lease uuid, p_returns bigint, p_expires_at timestamptz, p_person text, p_source text, p_why text, p_now timestamptz)
returns headgate.lease_answer
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_asked json := json_build_object('returns', p_returns::text);
  v_lease headgate.lease;
  v_opened headgate.journal_transaction;
  v_returns bigint;
  v_answer headgate.lease_answer;
  v_batch bigint := nextval('batch_number');
begin
  perform lock_keys(array[p_key]);
  select t.* into v_opened from lease l join journal_transaction t on t.number = l.transaction where l.id = p_lease;
  perform lock_nodes(v_opened.nodes);
  select * into v_lease from lease where id = p_lease;
  v_answer := leased_before(p_key, 'lease-renew', v_lease.account_id, p_lease, v_asked);
  if v_answer.replayed is not null then return v_answer; end if;
  v_returns := least(p_returns, v_lease.remaining);
  v_answer := row(case when v_lease.id is null then 'budget.lease-unknown' when v_lease.state <> 'open' then 'budget.lease-closed'
      when v_returns < v_lease.recall then 'budget.lease-recalled' end,
    node_name(v_lease.account_id), v_lease.recall, p_lease, v_returns, v_lease.remaining - v_returns, 0, greatest(p_expires_at, v_lease.expires_at), v_batch * 1024 + 1, 0, 0, false);
  if v_answer.code is not null then return v_answer; end if;
  update lease set remaining = v_answer.remaining, recall = 0, expires_at = v_answer.expires_at where id = p_lease;
  perform post_lease(v_answer.number, 'lease-renew', p_key, v_lease, v_opened.nodes, v_opened.unit, p_now, p_person, p_source, p_why, null, v_asked, v_answer);
  perform seal_batch(v_batch, p_now);
  return v_answer;
end $$;

-- Gives back all that is left and closes the lease. With p_expired only one whose time is over, and it is then called expired.
create function headgate.lease_return(p_key text, p_lease uuid, p_expired boolean, p_person text, p_source text, p_why text, p_now timestamptz) returns headgate.lease_answer
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_asked json := json_build_object('expired', p_expired);
  v_lease headgate.lease;
  v_opened headgate.journal_transaction;
  v_answer headgate.lease_answer;
  v_batch bigint := nextval('batch_number');
begin
  perform lock_keys(array[p_key]);
  select t.* into v_opened from lease l join journal_transaction t on t.number = l.transaction where l.id = p_lease;
  perform lock_nodes(v_opened.nodes);
  select * into v_lease from lease where id = p_lease;
  v_answer := leased_before(p_key, 'lease-return', v_lease.account_id, p_lease, v_asked);
  if v_answer.replayed is not null then return v_answer; end if;
  v_answer := row(case when v_lease.id is null then 'budget.lease-unknown'
      when v_lease.state <> 'open' or (p_expired and v_lease.expires_at > p_now) then 'budget.lease-closed' end,
    node_name(v_lease.account_id), 0, p_lease, v_lease.remaining, 0, 0, v_lease.expires_at, v_batch * 1024 + 1, 0, 0, false);
  if v_answer.code is not null then return v_answer; end if;
  update lease set remaining = 0, recall = 0, closed_at = p_now, state = case when p_expired then 'expired' else 'returned' end where id = p_lease;
  perform post_lease(v_answer.number, 'lease-return', p_key, v_lease, v_opened.nodes, v_opened.unit, p_now, p_person, p_source, p_why, null, v_asked, v_answer);
  perform seal_batch(v_batch, p_now);
  return v_answer;
end $$;

-- Charges work that was granted out of a lease: p_reserved leaves the lease (what is left of it, at most), p_cost is spent of what is free then, and what no limit
-- covers is overrun. It posts whatever has become of the lease and the account. Like every cost it goes to the award's late fund by its date of service, and brings the indirect
-- cost of its class by the rate of that day, where there is one: see charge_dated().
create function headgate.lease_settle(p_key text, p_lease uuid, p_reserved bigint, p_cost bigint, p_person text, p_subject text, p_partition text, p_figure text,
  p_at timestamptz, p_by_person text, p_source text, p_why text, p_now timestamptz, p_class text default null) returns headgate.lease_answer
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_asked json := json_strip_nulls(json_build_object('reserved', p_reserved::text, 'cost', p_cost::text, 'person', p_person, 'subject', p_subject, 'class', p_class));
  v_charge text := 'ledger:lease-charge:' || p_key;
  v_lease headgate.lease;
  v_opened headgate.journal_transaction;
  v_way headgate.late_way;
  v_rate headgate.award_indirect;
  v_work headgate.charge_work;
  v_slack headgate.slack;
  v_taken bigint;
  v_posted headgate.posted;
  v_answer headgate.lease_answer;
  v_batch bigint := nextval('batch_number');
begin
  perform lock_keys(array[p_key, v_charge, late_key(v_charge), indirect_key(v_charge)]);
  select t.* into v_opened from lease l join journal_transaction t on t.number = l.transaction where l.id = p_lease;
  v_way := late_way_of(v_charge, v_opened.account_id, p_at, p_now);
  v_work := row(null, coalesce(v_way.account_id, v_opened.account_id), v_opened.unit, case when v_way.account_id is null then nodes_of(v_opened.nodes, p_person, p_partition)
    else nodes_of((select path from account where id = v_way.account_id), p_person, p_partition) end)::headgate.charge_work;
  v_slack := lock_nodes(v_opened.nodes || v_work.nodes);
  select * into v_lease from lease where id = p_lease;
  v_answer := leased_before(p_key, 'lease-settle', v_lease.account_id, p_lease, v_asked);
  if v_answer.replayed is not null then return v_answer; end if;
  if v_lease.id is null then
    v_answer.code := 'budget.lease-unknown';
    v_answer.replayed := false;
    return v_answer;
  end if;
  v_taken := least(p_reserved, v_lease.remaining);
  update lease set remaining = remaining - v_taken, recall = least(recall, remaining - v_taken) where id = p_lease returning * into v_lease;
  v_slack := less_room(v_slack, v_opened.nodes, -v_taken);
  v_work.ask := row(case when v_way.account_id is null then v_charge else late_key(v_charge) end, node_name(v_work.account_id), v_opened.unit, p_cost, p_person, p_subject, p_partition,
    p_figure, p_at, p_why, p_by_person, p_source, json_strip_nulls(json_build_object('lease', p_lease, 'partition', p_partition, 'class', p_class, 'late', v_way.award,
      'addressed', case when v_way.account_id is not null then node_name(v_lease.account_id) end)))::headgate.charge_ask;
  v_posted := post_unreserved(v_batch * 1024 + 2, v_work, v_slack);
  v_answer := row(null, node_name(v_lease.account_id), null, p_lease, v_taken, v_lease.remaining, v_lease.recall, v_lease.expires_at, v_batch * 1024 + 2, p_cost, v_posted.overrun, false);
  if v_way.account_id is null and p_class is not null then v_rate := indirect_of(v_lease.account_id, p_class, p_at); end if;
  if part_of(p_cost, v_rate.rate) > 0 then
    v_work.ask.key := indirect_key(v_charge);
    v_work.ask.amount := part_of(p_cost, v_rate.rate);
    v_work.ask.subject := 'indirect:' || p_class;
    v_work.ask.detail := json_build_object('indirect', v_rate.rate, 'class', p_class, 'award', v_rate.award, 'base', p_cost::text, 'of', v_answer.number::text, 'lease', p_lease);
    v_posted := post_unreserved(v_batch * 1024 + 3, v_work, v_posted.slack);
    v_answer.overrun := greatest(v_answer.overrun, v_posted.overrun);
  end if;
  perform post_lease(v_batch * 1024 + 1, 'lease-settle', p_key, v_lease, v_opened.nodes, v_opened.unit, p_at, p_by_person, p_source, p_why, p_subject, v_asked, v_answer);
  perform seal_batch(v_batch, p_now);
  return v_answer;
end $$;

-- Asks leases of a level for p_short, the largest first. The caller has locked the level's balance, which every change of these leases locks, too.
create function headgate.recall_leases(p_node integer, p_short bigint) returns void
language plpgsql volatile as $$
begin
  update lease l set recall = greatest(l.recall, least(l.remaining, p_short - x.before))
  from (
    select o.id, coalesce(sum(o.remaining) over (order by o.remaining desc, o.id rows between unbounded preceding and 1 preceding), 0)::bigint before
    from lease o join account a on a.id = o.account_id where o.state = 'open' and a.path @> array[p_node]
  ) x
  where x.id = l.id and x.before < p_short and l.remaining > 0;
end $$;

-- The oldest open lease whose time is over; null when there is none.
create function headgate.lease_over(p_now timestamptz) returns uuid language sql stable as $$
  select l.id from headgate.lease l where l.state = 'open' and l.expires_at <= p_now order by l.expires_at, l.id limit 1
$$;
