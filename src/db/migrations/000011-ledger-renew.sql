-- renew_many(): changes an open reservation: until when it stands, and how much it is.
--
-- The rule: what a hold was drawn or gave back already (`amount - remaining`) is never undone, so the new total is the asked one, or that if it is more. A total above
-- the present one is a new commitment of the difference, limited on every level of the hold like a hold itself: a blocked level refuses first, then one
-- that ends before `until`, then the tightest (the lowest of several). A lower total always goes, and the difference is free again. A new
-- expiry alone always goes. Only open holds change.

create type headgate.renew_ask as (
  key text, hold_id uuid, amount bigint, expires_at timestamptz, until timestamptz, at timestamptz, note text, by_person text, source text, detail json
);
-- Without a code `amount` is the new total and `returned` what became free; with one, `account` and `available` are those of the level that refuses.
create type headgate.renew_answer as (place integer, code text, account text, available bigint, amount bigint, returned bigint, expires_at timestamptz, replayed boolean);

-- Whether nodes can take a new commitment of p_amount, with p_slack as what this call left of each. Null when they can; else the code, the level and what it can take.
create type headgate.obstacle as (code text, node integer, available bigint);
create function headgate.obstacle_to(p_nodes integer[], p_amount bigint, p_until timestamptz, p_slack headgate.slack, p_now timestamptz) returns headgate.obstacle
language plpgsql volatile as $$
declare
  v_obstacle headgate.obstacle;
begin
  select coalesce(block_of(b, p_now), 'budget.crosses-end'), b.node_id, 0 into v_obstacle
  from balance b where b.node_id = any (p_nodes) and (block_of(b, p_now) is not null or b.ends_at < p_until)
  order by block_of(b, p_now) is null, b.node_id limit 1;
  if v_obstacle.code is null then
    select 'budget.insufficient', s.node, s.room into v_obstacle
    from unnest(p_slack.nodes, p_slack.room) s (node, room) where s.node = any (p_nodes) order by s.room, s.node desc limit 1;
    if v_obstacle.available >= p_amount then return null; end if;
  end if;
  return v_obstacle;
end $$;

-- Takes p_amount from the room of nodes (gives it back when negative).
create function headgate.less_room(p_slack headgate.slack, p_nodes integer[], p_amount bigint) returns headgate.slack
language plpgsql immutable as $$
begin
  p_slack.room := array(
    select s.room - case when s.node = any (p_nodes) then p_amount else 0 end
    from unnest(p_slack.nodes, p_slack.room) with ordinality s (node, room, ordinality) order by s.ordinality);
  return p_slack;
end $$;

-- What is said again to a key that was refused before; null when it was not. The refused ask is compared with this one.
create function headgate.refused_before(p_key text, p_account_id integer, p_subject text, p_asked bigint) returns headgate.refusal
language plpgsql volatile as $$
declare
  v_refusal headgate.refusal;
begin
  select * into v_refusal from refusal where key = p_key;
  if v_refusal.key is not null and (v_refusal.account_id, v_refusal.subject, v_refusal.asked) is distinct from (p_account_id, p_subject, p_asked) then
    v_refusal.code := 'idempotency.mismatch';
  end if;
  return v_refusal;
end $$;

-- Posts a change of a hold as transaction p_number.
create function headgate.post_renewal(p_number bigint, p_ask headgate.renew_ask, p_held headgate.held, p_hold headgate.hold, p_more bigint) returns void
language plpgsql volatile as $$
begin
  insert into journal_transaction (number, kind, key, account_id, unit, nodes, amount, effective_at, hold_id, expires_at, person, by_person, source, why, subject, detail)
  values (p_number, case when p_ask.amount is null then 'renew' else 'reprice' end, p_ask.key, p_held.account_id, p_held.unit, p_held.nodes, p_more, p_ask.at, p_held.id,
    coalesce(p_ask.expires_at, p_hold.expires_at), p_held.person, coalesce(p_ask.by_person, p_held.person), p_ask.source, p_ask.note, p_held.subject,
    json_build_object('asked', p_ask.amount::text, 'expires_at', extract(epoch from p_ask.expires_at)::text, 'total', (p_hold.amount + p_more)::text, 'why', p_ask.detail));
  insert into journal_entry (transaction, ordinal, from_node, from_pocket, to_node, to_pocket, amount)
  select p_number, 1, p_held.account_id, case when p_more > 0 then 'free' else 'held' end, p_held.account_id, case when p_more > 0 then 'held' else 'free' end, abs(p_more)
  where p_more <> 0;
  update hold set amount = amount + p_more, remaining = remaining + p_more, expires_at = coalesce(p_ask.expires_at, expires_at) where id = p_held.id;
end $$;

-- Many renewals in one statement, in order of arrival, one commit.
create function headgate.renew_many(p_asks json, p_now timestamptz) returns setof headgate.renew_answer
language plpgsql volatile security definer
set search_path = headgate, pg_temp set plan_cache_mode = force_generic_plan set jit = off
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  v_asks headgate.renew_ask[] := array(select a from json_populate_recordset(null::headgate.renew_ask, p_asks) a);
  v_slack headgate.slack;
  v_batch bigint := nextval('batch_number');
  v_written integer := 0;
  v_ask headgate.renew_ask;
  v_done headgate.journal_transaction;
  v_refused headgate.refusal;
  v_held headgate.held;
  v_hold headgate.hold;
  v_more bigint;
  v_obstacle headgate.obstacle;
  v_answer headgate.renew_answer;
begin
  perform lock_keys(array(select a.key from unnest(v_asks) a));
  v_slack := lock_slack(array(select a.hold_id from unnest(v_asks) a));
  for v_place in 1 .. cardinality(v_asks) loop
    v_ask := v_asks[v_place];
    v_answer := row(v_place, null, null, 0, 0, 0, null, false);
    v_obstacle := null;
    v_held := held_as(v_ask.hold_id);
    select * into v_hold from hold where id = v_ask.hold_id;
    v_more := case when v_ask.amount is null then 0 else greatest(v_ask.amount, v_hold.amount - v_hold.remaining) - v_hold.amount end;
    select * into v_done from journal_transaction where key = v_ask.key;
    v_refused := refused_before(v_ask.key, v_held.account_id, 'reprice:' || v_ask.hold_id, v_ask.amount);
    if v_done.number is not null then
      if v_done.kind not in ('renew', 'reprice') or (v_done.hold_id, v_done.detail ->> 'asked', v_done.detail ->> 'expires_at')
          is distinct from (v_ask.hold_id, v_ask.amount::text, extract(epoch from v_ask.expires_at)::text) then
        v_answer.code := 'idempotency.mismatch';
      else
        v_answer := row(v_place, null, null, 0, (v_done.detail ->> 'total')::bigint, greatest(0, -v_done.amount), v_done.expires_at, true);
      end if;
    elsif v_refused.key is not null then
      v_answer := row(v_place, v_refused.code, v_refused.level, v_refused.available, v_ask.amount, 0, null, v_refused.code <> 'idempotency.mismatch');
    elsif v_held.id is null then
      v_answer.code := 'budget.hold-unknown';
    elsif v_held.state <> 'open' then
      v_answer.code := 'budget.hold-closed';
    else
      if v_more > 0 then v_obstacle := obstacle_to(v_held.nodes, v_more, v_ask.until, v_slack, p_now); end if;
      if v_obstacle.code is not null then
        v_answer := row(v_place, v_obstacle.code, node_name(v_obstacle.node), v_obstacle.available, v_ask.amount, 0, null, false);
        insert into refusal (key, account_id, person, subject, asked, code, level, available, at)
        values (v_ask.key, v_held.account_id, v_held.person, 'reprice:' || v_ask.hold_id, v_ask.amount, v_answer.code, v_answer.account, v_answer.available, p_now);
      else
        v_written := v_written + 1;
        perform post_renewal(v_batch * 1024 + v_written, v_ask, v_held, v_hold, v_more);
        v_slack := less_room(v_slack, v_held.nodes, v_more);
        v_answer := row(v_place, null, null, 0, v_hold.amount + v_more, greatest(0, -v_more), coalesce(v_ask.expires_at, v_hold.expires_at), false);
      end if;
    end if;
    return next v_answer;
  end loop;
  if v_written > 0 then perform seal_batch(v_batch, p_now); end if;
end $$;
