-- hold_many(): many reservations in one statement, in exact order of arrival, one commit.
--
-- Most batches are far from every limit, so all is written first, without a lock, and then the balances are moved in one guarded
-- update in ascending order of nodes, which is from the roots: two batches never wait for each other in a circle, and the busy rows near the
-- root are locked for the shortest time. When a guard fails (a limit is near, a key was used before) everything is undone to the savepoint,
-- the balances are locked, and the asks are decided one after the other, as if each had come alone.

create type headgate.hold_ask as (
  key text, id uuid, account text, unit text, amount bigint, person text, subject text, partition text, expires_at timestamptz, until timestamptz,
  by_person text, source text, detail json
);

-- An ask with what was found for it; `place` counts from 1 in order of arrival.
create type headgate.hold_work as (
  place integer, amount bigint, nodes integer[], account_id integer, unit text, account_unit text, key text, id uuid, account text, person text, subject text,
  expires_at timestamptz, until timestamptz, by_person text, source text, detail json
);

-- Without a code the ask was granted under `hold_id`; with one `account` names the level that refuses, and `available` what that can commit. `exempt` is by
-- which exemption it was granted, with nothing reserved: see exempt_holds().
create type headgate.hold_answer as (place integer, hold_id uuid, code text, account text, available bigint, amount bigint, replayed boolean, exempt json);

-- A node as it stands under the lock; `room` is what it can still commit, `blocked` the problem that stops every new commitment.
create type headgate.level as (node_id integer, room bigint, blocked text, ends_at timestamptz);

-- The name of a node as people read it.
create function headgate.node_name(p_node integer) returns text language sql stable parallel safe as $$
  select a.name from headgate.account a where a.id = p_node
  union all
  select a.name || '/' || l.scope || ':' || l.subject from headgate.spending_limit l join headgate.account a on a.id = l.account_id where l.id = p_node
$$;

-- Waits for every other call that uses one of these keys, in one order, before anything is locked or written.
create function headgate.lock_keys(p_keys text[]) returns void
language plpgsql volatile as $$
begin
  perform pg_advisory_xact_lock(k) from (select distinct hashtextextended(unnest(p_keys), 0) k order by 1) keys;
end $$;

-- Every node that work on an account counts against, ascending: its path, and the limits inside it for the person and the partition.
create function headgate.nodes_of(p_path integer[], p_person text, p_partition text) returns integer[]
language plpgsql volatile as $$
begin
  return array(
    select n from unnest(p_path) n
    union all
    select l.id from spending_limit l where l.account_id = any (p_path) and l.subject = case l.scope when 'person' then p_person else p_partition end
    order by 1);
end $$;

-- Asks with what was found for each, their keys, and whether all are ordinary: on an account that is known, in its unit.
create type headgate.hold_batch as (work headgate.hold_work[], keys text[], ordinary boolean);
-- Finds the account of each ask and every node it counts against.
create function headgate.resolve_holds(p_asks json) returns headgate.hold_batch
language plpgsql volatile as $$
declare
  v_batch headgate.hold_batch;
begin
  select coalesce(array_agg(row(a.ordinality, a.amount,
      case when limits.there then nodes_of(found.path, a.person, a.partition) else found.path end,
      found.id, a.unit, found.unit, a.key, a.id, a.account, a.person, a.subject, a.expires_at, a.until, a.by_person, a.source, a.detail)::hold_work order by a.ordinality), '{}'),
    coalesce(array_agg(a.key), '{}'), bool_and(found.unit is not distinct from a.unit)
  into v_batch.work, v_batch.keys, v_batch.ordinary
  from (select exists (select from spending_limit)) limits (there)
  cross join rows from (json_populate_recordset(null::hold_ask, p_asks)) with ordinality a
  left join account found on found.name = a.account and found.kind <> 'outside';
  return v_batch;
end $$;

-- The problem that stops every new commitment at a node, if there is one.
create function headgate.block_of(b headgate.balance, p_now timestamptz) returns text language sql immutable as $$
  select case
    when b.status = 'closed' then 'budget.closed'
    when b.status = 'frozen' then 'budget.frozen'
    when b.stopped = 'approval' then 'budget.approval-needed'
    when b.stopped is not null then 'budget.stopped'
    when p_now < b.starts_at then 'budget.not-started'
    when p_now >= b.ends_at then 'budget.ended'
    when b.overrun > 0 then 'budget.overrun'
  end
$$;

-- The nodes of the asks, ascending, as they stand now that they are locked.
create function headgate.levels_of(p_work headgate.hold_work[], p_now timestamptz) returns headgate.level[]
language plpgsql volatile as $$
begin
  return array(
    select row(b.node_id, b.allocated - b.spent - b.held - b.leased, block_of(b, p_now), b.ends_at)::level
    from balance b where b.node_id = any (array(select distinct n from unnest(p_work) w cross join unnest(w.nodes) n)) order by b.node_id);
end $$;

-- What can be said of each ask without counting: the answer its key had before, an unknown account, a level that is blocked.
-- Answers in the order of the asks; without a code and without a hold they are open still.
create function headgate.judge_holds(p_work headgate.hold_work[], p_levels headgate.level[]) returns headgate.hold_answer[]
language plpgsql volatile as $$
declare
  v_barred headgate.level[] := array(select l from unnest(p_levels) l where l.blocked is not null or l.ends_at is not null);
begin
  return array(
    select case
      when t.key is not null and t.kind = 'hold' and (t.account_id, coalesce((t.detail -> 'exempt' ->> 'asked')::bigint, t.amount), t.person, t.subject, t.detail ->> 'request')
        is not distinct from (w.account_id, w.amount, w.person, w.subject, w.detail ->> 'request')
        then row(w.place, t.hold_id, null, w.account, null, t.amount, true, t.detail -> 'exempt')::hold_answer
      when t.key is not null then row(w.place, null, 'idempotency.mismatch', w.account, 0, w.amount, false, null)::hold_answer
      when r.key is not null and (r.account_id, r.asked, r.person, r.subject, r.request)
        is not distinct from (w.account_id, w.amount, w.person, w.subject, w.detail ->> 'request')
        then row(w.place, null, r.code, r.level, r.available, r.asked, true, null)::hold_answer
      when r.key is not null then row(w.place, null, 'idempotency.mismatch', w.account, 0, w.amount, false, null)::hold_answer
      when w.account_id is null then row(w.place, null, 'budget.account-unknown', w.account, 0, w.amount, false, null)::hold_answer
      when w.unit <> w.account_unit then row(w.place, null, 'budget.unit-mismatch', w.account, 0, w.amount, false, null)::hold_answer
      when b.node_id is not null then row(w.place, null, coalesce(b.blocked, 'budget.crosses-end'), node_name(b.node_id), 0, w.amount, false, null)::hold_answer
      else row(w.place, null, null, w.account, null, w.amount, false, null)::hold_answer
    end
    from unnest(p_work) w
    left join journal_transaction t on t.key = w.key
    left join refusal r on r.key = w.key
    left join lateral (
      select l.* from unnest(v_barred) l where l.node_id = any (w.nodes) and (l.blocked is not null or l.ends_at < w.until)
      order by l.blocked is null, l.node_id limit 1
    ) b on true
    order by w.place);
end $$;

-- Decides the asks one after the other, each against what those before it left. The tightest level refuses, the lowest of several.
create function headgate.decide_holds(p_work headgate.hold_work[], p_levels headgate.level[]) returns headgate.hold_answer[]
language plpgsql volatile as $$
declare
  v_answers headgate.hold_answer[] := judge_holds(p_work, p_levels);
  v_rooms bigint[] := array(select l.room from unnest(p_levels) l);
  v_first integer[] := array(select min(w.place) over (partition by w.key) from unnest(p_work) w order by w.place);
  -- The levels of all asks as one flat array of indexes into p_levels; those of ask i begin after v_starts[i].
  v_starts integer[] := array(select coalesce(sum(cardinality(w.nodes)) over (order by w.place rows between unbounded preceding and 1 preceding), 0)
    from unnest(p_work) w order by w.place);
  v_nodes integer[] := array(select l.node_id from unnest(p_levels) l);
  v_indexes integer[] := array(select array_position(v_nodes, n) from unnest(p_work) w cross join unnest(w.nodes) with ordinality o (n, ordinality)
    order by w.place, o.ordinality);
  v_answer headgate.hold_answer;
  v_ask headgate.hold_work;
  v_other headgate.hold_work;
  v_levels integer[];
  v_index integer;
  v_binding integer;
begin
  foreach v_ask in array p_work loop
    v_answer := v_answers[v_ask.place];
    v_other := p_work[v_first[v_ask.place]];
    if v_answer.code is null and not v_answer.replayed then
      if v_other.place < v_ask.place then
        v_answer := v_answers[v_other.place];
        v_answer.place := v_ask.place;
        v_answer.replayed := true;
        if (v_other.account_id, v_other.amount, v_other.person, v_other.subject, v_other.detail ->> 'request')
            is distinct from (v_ask.account_id, v_ask.amount, v_ask.person, v_ask.subject, v_ask.detail ->> 'request') then
          v_answer := row(v_ask.place, null, 'idempotency.mismatch', v_ask.account, 0, v_ask.amount, false, null);
        end if;
      else
        v_levels := v_indexes[v_starts[v_ask.place] + 1 : v_starts[v_ask.place] + cardinality(v_ask.nodes)];
        v_binding := v_levels[1];
        foreach v_index in array v_levels loop
          if v_rooms[v_index] <= v_rooms[v_binding] then v_binding := v_index; end if;
        end loop;
        if v_ask.amount > v_rooms[v_binding] then
          v_answer := row(v_ask.place, null, 'budget.insufficient', node_name((p_levels[v_binding]).node_id), v_rooms[v_binding], v_ask.amount, false, null);
        else
          v_answer.hold_id := v_ask.id;
          foreach v_index in array v_levels loop
            v_rooms[v_index] := v_rooms[v_index] - v_ask.amount;
          end loop;
        end if;
      end if;
      v_answers[v_ask.place] := v_answer;
    end if;
  end loop;
  return v_answers;
end $$;

-- Writes granted asks as transactions, entries and holds of a batch; gives the digest of what it wrote.
create function headgate.write_holds(p_batch bigint, p_granted headgate.hold_work[], p_now timestamptz) returns bytea
language plpgsql volatile as $$
declare
  v_digest bytea;
begin
  with written as (
    insert into journal_transaction (number, kind, key, account_id, unit, nodes, amount, effective_at, hold_id, expires_at, person, by_person, source,
      why, subject, detail)
    select p_batch * 1024 + w.ordinality, 'hold', w.key, w.account_id, w.unit, w.nodes, w.amount, p_now, w.id, w.expires_at, w.person,
      w.by_person, w.source, 'reserved', w.subject, w.detail
    from unnest(p_granted) with ordinality w
    returning number, account_id, amount, hold_id, expires_at, transaction_bytes(journal_transaction) bytes
  ), entered as (
    insert into journal_entry (transaction, ordinal, from_node, from_pocket, to_node, to_pocket, amount)
    select w.number, 1, w.account_id, 'free', w.account_id, 'held', w.amount from written w where w.amount > 0
    returning transaction, entry_bytes(journal_entry) bytes
  ), held as (
    insert into hold (id, transaction, account_id, amount, remaining, expires_at)
    select w.hold_id, w.number, w.account_id, w.amount, w.amount, w.expires_at from written w
  )
  select digest((select string_agg(w.bytes, '' order by w.number) from written w), (select string_agg(e.bytes, '' order by e.transaction) from entered e)) into v_digest;
  return v_digest;
end $$;

-- What all asks together want of each node, ascending.
create type headgate.hold_demand as (nodes integer[], amounts bigint[], until timestamptz);
create function headgate.demand_of(p_work headgate.hold_work[]) returns headgate.hold_demand
language plpgsql volatile as $$
declare
  v_demand headgate.hold_demand;
begin
  select array_agg(d.node_id order by d.node_id), array_agg(d.amount order by d.node_id), max(d.until) into v_demand
  from (select n node_id, sum(w.amount)::bigint amount, max(w.until) until from unnest(p_work) w cross join unnest(w.nodes) n group by n) d;
  return v_demand;
end $$;

-- Whether a node can take a demand: the guard of the update below, and of the look before it.
create function headgate.takes(b headgate.balance, p_amount bigint, p_until timestamptz, p_now timestamptz) returns boolean language sql immutable as $$
  select b.status = 'open' and b.stopped is null and b.overrun = 0 and b.spent + b.held + b.leased + p_amount <= b.allocated
    and (b.starts_at is null or b.starts_at <= p_now) and (b.ends_at is null or (p_now < b.ends_at and (p_until is null or p_until <= b.ends_at)))
$$;

-- Whether a batch of this session did not fit as a whole, and none has since: only then it is worth to look before writing.
create function headgate.near_limit() returns boolean language sql volatile as $$ select coalesce(current_setting('headgate.near_limit', true), '') = 'yes' $$;

-- Whether it looks as if all would fit, without a lock: where it does not, nothing is written only to be undone.
create function headgate.looks_fit(p_demand headgate.hold_demand, p_now timestamptz) returns boolean
language plpgsql volatile as $$
begin
  return not exists (
    select from unnest(p_demand.nodes, p_demand.amounts) d (node_id, amount) join balance b on b.node_id = d.node_id
    where not takes(b, d.amount, p_demand.until, p_now));
end $$;

-- Moves the balances of all nodes. False, having moved perhaps some, when one cannot take what is asked of it.
create function headgate.move_holds(p_demand headgate.hold_demand, p_now timestamptz) returns boolean
language plpgsql volatile as $$
declare
  v_moved integer;
begin
  update balance b set held = b.held + d.amount
  from unnest(p_demand.nodes, p_demand.amounts) d (node_id, amount)
  where b.node_id = d.node_id and takes(b, d.amount, p_demand.until, p_now);
  get diagnostics v_moved = row_count;
  return v_moved = cardinality(p_demand.nodes);
end $$;

-- Grants all asks at once, or nothing (false).
create function headgate.grant_all(p_work headgate.hold_work[], p_keys text[], p_now timestamptz) returns boolean
language plpgsql volatile as $$
declare
  v_demand headgate.hold_demand := demand_of(p_work);
  v_batch bigint := nextval('batch_number');
  v_digest bytea;
begin
  if near_limit() and not looks_fit(v_demand, p_now) then return false; end if;
  v_digest := write_holds(v_batch, p_work, p_now);
  if not move_holds(v_demand, p_now) or exists (select from refusal r where r.key = any (p_keys)) then
    raise exception 'not all at once' using errcode = 'HG002';
  end if;
  perform chain_batch(v_batch, v_digest, p_now);
  return true;
exception
  when unique_violation or sqlstate 'HG002' then return false;
end $$;

-- Decides the asks in order under the locks of their balances.
create function headgate.grant_in_order(p_work headgate.hold_work[], p_now timestamptz) returns headgate.hold_answer[]
language plpgsql volatile as $$
declare
  v_batch bigint := nextval('batch_number');
  v_answers headgate.hold_answer[];
  v_granted headgate.hold_work[];
begin
  perform from balance where node_id = any (array(select distinct n from unnest(p_work) w cross join unnest(w.nodes) n)) order by node_id for update;
  v_answers := exempt_holds(p_work, decide_holds(p_work, levels_of(p_work, p_now)), p_now);
  v_granted := array(select as_granted(w, v_answers[w.place]) from unnest(p_work) w where (v_answers[w.place]).code is null and not (v_answers[w.place]).replayed order by w.place);
  if cardinality(v_granted) > 0 then
    perform write_holds(v_batch, v_granted, p_now);
    perform note_uses(v_batch, v_granted);
    perform seal_batch(v_batch, p_now);
  end if;
  -- What is leased and not used elsewhere is asked back where that is why there is too little.
  if cardinality(v_granted) < cardinality(p_work) then
    perform recall_leases(b.node_id, max(a.amount - a.available))
    from unnest(v_answers) a join account n on n.name = a.account join balance b on b.node_id = n.id
    where a.code = 'budget.insufficient' and not a.replayed and b.leased > 0 group by b.node_id;
  end if;
  insert into refusal (key, account_id, person, subject, asked, request, code, level, available, at)
  select w.key, w.account_id, w.person, w.subject, w.amount, w.detail ->> 'request', a.code, a.account, a.available, p_now
  from unnest(p_work) w cross join lateral (select (v_answers[w.place]).*) a
  where not a.replayed and a.code not in ('idempotency.mismatch', 'budget.account-unknown', 'budget.unit-mismatch');
  return v_answers;
end $$;

-- hold_many() as its callers in this schema need it: in their settings, and answers as an array.
create function headgate.hold_all(p_asks json, p_now timestamptz) returns headgate.hold_answer[]
language plpgsql volatile as $$
declare
  v_batch headgate.hold_batch := resolve_holds(p_asks);
begin
  -- Two batches with the same key meet here, before either has written or locked anything, and in one order, so that they never wait in a circle.
  perform lock_keys(v_batch.keys);
  if v_batch.ordinary and grant_all(v_batch.work, v_batch.keys, p_now) then
    if near_limit() then perform set_config('headgate.near_limit', 'no', false); end if;
    return array(select row(w.place, w.id, null, w.account, null, w.amount, false, null)::hold_answer from unnest(v_batch.work) w);
  end if;
  if not near_limit() then perform set_config('headgate.near_limit', 'yes', false); end if;
  return grant_in_order(v_batch.work, p_now);
end $$;

-- Plans are made once per session, perhaps while the tables are still empty, and kept: so the planner is told to use the indexes in any case.
create function headgate.hold_many(p_asks json, p_now timestamptz) returns setof headgate.hold_answer
language plpgsql volatile security definer
set search_path = headgate, pg_temp set plan_cache_mode = force_generic_plan set jit = off
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  return query select * from unnest(hold_all(p_asks, p_now));
end $$;
