-- settle_many(), release_many(), expire_holds(): what ends a reservation. They are never limited: the truth always posts, and what goes beyond
-- the limit of a node becomes its overrun, explicitly.

create type headgate.settle_ask as (
  key text, hold_id uuid, attempt integer, amount bigint, final boolean, frees bigint, figure text, at timestamptz, note text, by_person text, source text, end_state text
);
-- For a release `charged` is 0. With a code nothing was posted. `refunded` is what policy gave back of the charge: see refund_settled().
create type headgate.settle_answer as (place integer, code text, charged bigint, returned bigint, overrun bigint, replayed boolean, refunded bigint);

-- A hold with what its transaction says of it.
create type headgate.held as (
  id uuid, account_id integer, unit text, nodes integer[], person text, subject text, remaining bigint, charged bigint, state text
);
create function headgate.held_as(p_hold_id uuid) returns headgate.held
language plpgsql volatile as $$
declare
  v_held headgate.held;
begin
  select h.id, h.account_id, t.unit, t.nodes, t.person, t.subject, h.remaining, h.charged, h.state into v_held
  from hold h join journal_transaction t on t.number = h.transaction where h.id = p_hold_id;
  return v_held;
end $$;

-- What nodes can still take without overrun, as they stand under the lock: by the same index the node and its room.
create type headgate.slack as (nodes integer[], room bigint[]);
-- Locks the balances of nodes in ascending order. Every change of a hold or a lease is made under the lock of its account, so they stand still, too.
create function headgate.lock_nodes(p_nodes integer[]) returns headgate.slack
language plpgsql volatile as $$
declare
  v_slack headgate.slack;
begin
  select array_agg(b.node_id order by b.node_id), array_agg(b.allocated + b.overrun - b.spent - b.held - b.leased order by b.node_id) into v_slack
  from (select * from balance where node_id = any (p_nodes) order by node_id for update) b;
  return v_slack;
end $$;

-- Locks the balances of all nodes that these holds count against.
create function headgate.lock_slack(p_hold_ids uuid[]) returns headgate.slack
language plpgsql volatile as $$
begin
  return lock_nodes(array(select distinct unnest(t.nodes) from hold h join journal_transaction t on t.number = h.transaction where h.id = any (p_hold_ids)));
end $$;

-- The one rule of every charge, as entries of transaction p_number: p_amount is taken first from what is reserved, then from what is free, and what a node's
-- limit does not cover becomes overrun of that node. Up to p_frees of what is then still reserved is given back. Gives the slack left, what was taken
-- of the reservation, what was returned, and the largest overrun of a node.
create type headgate.posted as (slack headgate.slack, taken bigint, returned bigint, overrun bigint);
create function headgate.post_spending(p_number bigint, p_account_id integer, p_nodes integer[], p_reserved bigint, p_amount bigint, p_frees bigint,
  p_slack headgate.slack) returns headgate.posted
language plpgsql volatile as $$
declare
  v_taken bigint := least(p_reserved, p_amount);
  v_excess bigint := p_amount - least(p_reserved, p_amount);
  v_returned bigint := least(p_reserved - least(p_reserved, p_amount), p_frees);
  v_overrun bigint := 0;
  v_index integer;
begin
  insert into journal_entry (transaction, ordinal, from_node, from_pocket, to_node, to_pocket, amount)
  select p_number, move.ordinal, p_account_id, move.from_pocket, p_account_id, move.to_pocket, move.amount
  from (values (1, 'held', 'spent', v_taken), (2, 'free', 'spent', v_excess), (3, 'held', 'free', v_returned)) move (ordinal, from_pocket, to_pocket, amount)
  where move.amount > 0;
  for v_place in 1 .. cardinality(p_nodes) loop
    v_index := array_position(p_slack.nodes, p_nodes[v_place]);
    p_slack.room[v_index] := p_slack.room[v_index] - v_excess + v_returned;
    if p_slack.room[v_index] < 0 then
      insert into journal_entry (transaction, ordinal, from_node, from_pocket, to_node, to_pocket, amount)
      values (p_number, 3 + v_place, p_nodes[v_place], 'overrun', p_nodes[v_place], 'free', -p_slack.room[v_index]);
      v_overrun := greatest(v_overrun, -p_slack.room[v_index]);
      p_slack.room[v_index] := 0;
    end if;
  end loop;
  return row(p_slack, v_taken, v_returned, v_overrun)::posted;
end $$;

-- Posts a charge to a hold as transaction p_number. The last charge gives back all that is left; another gives back `frees` of it.
create function headgate.post_charge(p_number bigint, p_ask headgate.settle_ask, p_held headgate.held, p_slack headgate.slack, p_now timestamptz) returns headgate.posted
language plpgsql volatile as $$
declare
  v_posted headgate.posted := post_spending(p_number, p_held.account_id, p_held.nodes, p_held.remaining, p_ask.amount,
    case when p_ask.final then p_held.remaining else coalesce(p_ask.frees, 0) end, p_slack);
begin
  insert into journal_transaction (number, kind, key, account_id, unit, nodes, amount, returned, overrun, effective_at, hold_id, attempt, final, person, by_person,
    source, why, subject, figure, detail)
  values (p_number, 'settle', p_ask.key, p_held.account_id, p_held.unit, p_held.nodes, p_ask.amount, v_posted.returned, v_posted.overrun, p_ask.at, p_ask.hold_id,
    p_ask.attempt, p_ask.final, p_held.person, coalesce(p_ask.by_person, p_held.person), p_ask.source, p_ask.note, p_held.subject, p_ask.figure,
    case when p_ask.end_state is not null then json_build_object('end_state', p_ask.end_state) end);
  insert into attempt (hold_id, ordinal, transaction, charged, figure, at) values (p_ask.hold_id, p_ask.attempt, p_number, p_ask.amount, p_ask.figure, p_ask.at);
  update hold
  set remaining = remaining - v_posted.taken - v_posted.returned, charged = charged + p_ask.amount,
    state = case when p_ask.final and state = 'open' then 'settled' else state end,
    closed_at = case when p_ask.final and state = 'open' then p_now else closed_at end
  where id = p_ask.hold_id;
  return v_posted;
end $$;

-- Many charges in one statement, in order of arrival, one commit. A hold that expired or was settled still takes a charge that comes late (all of it
-- beyond the reservation); one that was released does not: somebody said that nothing ran.
create function headgate.settle_many(p_asks json, p_now timestamptz) returns setof headgate.settle_answer
language plpgsql volatile security definer
set search_path = headgate, pg_temp set plan_cache_mode = force_generic_plan set jit = off
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  v_asks headgate.settle_ask[] := array(select a from json_populate_recordset(null::headgate.settle_ask, p_asks) a);
  v_slack headgate.slack;
  v_batch bigint := nextval('batch_number');
  v_written integer := 0;
  v_ask headgate.settle_ask;
  v_done headgate.journal_transaction;
  v_held headgate.held;
  v_posted headgate.posted;
  v_answer headgate.settle_answer;
begin
  perform lock_keys(array(select a.key from unnest(v_asks) a));
  v_slack := lock_slack(array(select a.hold_id from unnest(v_asks) a));
  for v_place in 1 .. cardinality(v_asks) loop
    v_ask := v_asks[v_place];
    v_answer := row(v_place, null, 0, 0, 0, false, 0);
    v_held := held_as(v_ask.hold_id);
    select * into v_done from journal_transaction where key = v_ask.key;
    if v_done.number is not null then
      if (v_done.kind, v_done.hold_id, v_done.attempt, v_done.amount, v_done.final, v_done.detail ->> 'end_state')
          is distinct from ('settle', v_ask.hold_id, v_ask.attempt, v_ask.amount, v_ask.final, v_ask.end_state) then
        v_answer.code := 'idempotency.mismatch';
      else
        v_answer := row(v_place, null, v_done.amount, v_done.returned, v_done.overrun, true, 0);
      end if;
    elsif v_held.id is null then
      v_answer.code := 'budget.hold-unknown';
    elsif v_held.state = 'released' then
      v_answer.code := 'budget.hold-closed';
    elsif exists (select from attempt where hold_id = v_ask.hold_id and ordinal = v_ask.attempt) then
      v_answer.code := 'budget.attempt-charged';
    else
      v_written := v_written + 1;
      v_posted := post_charge(v_batch * 1024 + v_written, v_ask, v_held, v_slack, p_now);
      v_slack := v_posted.slack;
      v_answer := row(v_place, null, v_ask.amount, v_posted.returned, v_posted.overrun, false, 0);
    end if;
    return next v_answer;
  end loop;
  if v_written > 0 then perform seal_batch(v_batch, p_now); end if;
end $$;

create type headgate.release_ask as (key text, hold_id uuid, at timestamptz, note text, by_person text, source text);

-- Closes open holds and gives back what is left of them, each under its key. p_kind is 'release' or 'expire'.
create function headgate.close_holds(p_kind text, p_asks headgate.release_ask[], p_now timestamptz) returns setof headgate.settle_answer
language plpgsql volatile as $$
declare
  v_batch bigint := nextval('batch_number');
  v_written integer := 0;
  v_ask headgate.release_ask;
  v_done headgate.journal_transaction;
  v_held headgate.held;
  v_answer headgate.settle_answer;
begin
  perform lock_keys(array(select a.key from unnest(p_asks) a));
  perform lock_slack(array(select a.hold_id from unnest(p_asks) a));
  for v_place in 1 .. cardinality(p_asks) loop
    v_ask := p_asks[v_place];
    v_answer := row(v_place, null, 0, 0, 0, false, 0);
    v_held := held_as(v_ask.hold_id);
    select * into v_done from journal_transaction where key = v_ask.key;
    if v_done.number is not null then
      v_answer := row(v_place, case when (v_done.kind, v_done.hold_id) is distinct from (p_kind, v_ask.hold_id) then 'idempotency.mismatch' end, 0, v_done.amount, 0, true, 0);
    elsif v_held.id is null then
      v_answer.code := 'budget.hold-unknown';
    elsif v_held.state <> 'open' or (p_kind = 'expire' and not exists (select from hold h where h.id = v_held.id and h.expires_at <= p_now)) then
      -- Renewed since it was found to be over: it stands, and expires another time.
      v_answer.code := 'budget.hold-closed';
    else
      v_written := v_written + 1;
      insert into journal_transaction (number, kind, key, account_id, unit, nodes, amount, effective_at, hold_id, person, by_person, source, why, subject)
      values (v_batch * 1024 + v_written, p_kind, v_ask.key, v_held.account_id, v_held.unit, v_held.nodes, v_held.remaining, v_ask.at, v_held.id, v_held.person,
        coalesce(v_ask.by_person, v_held.person), v_ask.source, v_ask.note, v_held.subject);
      insert into journal_entry (transaction, ordinal, from_node, from_pocket, to_node, to_pocket, amount)
      select v_batch * 1024 + v_written, 1, v_held.account_id, 'held', v_held.account_id, 'free', v_held.remaining where v_held.remaining > 0;
      update hold
      set remaining = 0, closed_at = p_now, state = case when p_kind = 'expire' then 'expired' when charged > 0 then 'settled' else 'released' end
      where id = v_held.id;
      v_answer.returned := v_held.remaining;
    end if;
    return next v_answer;
  end loop;
  if v_written > 0 then perform seal_batch(v_batch, p_now); end if;
end $$;

-- Many releases in one statement, in order of arrival, one commit.
create function headgate.release_many(p_asks json, p_now timestamptz) returns setof headgate.settle_answer
language plpgsql volatile security definer
set search_path = headgate, pg_temp set plan_cache_mode = force_generic_plan set jit = off
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  return query select * from close_holds('release', array(select a from json_populate_recordset(null::headgate.release_ask, p_asks) a), p_now);
end $$;

-- Gives back open holds whose time is over, at most p_limit (512 at most). Gives how many. Keys that begin with 'ledger:' are the ledger's own:
-- no caller can use one (checkKey() at its door), so nobody keeps a reservation from expiring by taking its key first.
create function headgate.expire_holds(p_limit integer, p_source text, p_now timestamptz) returns integer
language plpgsql volatile security definer
set search_path = headgate, pg_temp set plan_cache_mode = force_generic_plan set jit = off
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  v_count integer;
begin
  select count(*) into v_count from close_holds('expire', array(
    select row('ledger:expire:' || h.id, h.id, h.expires_at, 'the reservation was not used in time', 'headgate', p_source)::headgate.release_ask
    from hold h where h.state = 'open' and h.expires_at <= p_now order by h.expires_at limit least(p_limit, 512)), p_now) a where a.code is null and not a.replayed;
  return v_count;
end $$;
