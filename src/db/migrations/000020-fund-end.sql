-- settle_funded(), release_funded(), renew_funded(): what changes and ends a reservation out of several funds, as one; see 000019.

-- The parts of a reservation as they stand, without those that somebody released.
create type headgate.standing_part as (ordinal integer, hold_id uuid, share integer, nodes integer[], amount bigint, remaining bigint, capacity bigint, state text);
create function headgate.parts_of(p_leader uuid) returns setof headgate.standing_part language sql stable as $$
  select p.ordinal, p.hold_id, p.share, t.nodes, h.amount, h.remaining, headgate.direct_of(h.remaining, (t.detail #>> '{indirect,rate}')::integer), h.state
  from headgate.hold_part p join headgate.hold h on h.id = p.hold_id join headgate.journal_transaction t on t.number = h.transaction
  where p.leader_id = p_leader and h.state <> 'released' order by p.ordinal
$$;

-- A charge among parts, in their order: what they have reserved first, then what goes beyond it.
create function headgate.divide_charge(p_parts headgate.standing_part[], p_amount bigint) returns bigint[]
language plpgsql volatile as $$
declare
  v_shares integer[] := array(select p.share from unnest(p_parts) p);
  v_capacities bigint[] := array(select p.capacity from unnest(p_parts) p);
  v_divided bigint[];
  v_left bigint;
begin
  if v_shares[1] is null then
    v_divided := in_order(p_amount, v_capacities);
    v_divided[cardinality(v_divided)] := v_divided[cardinality(v_divided)] + p_amount - sum_of(v_divided);
    return v_divided;
  end if;
  v_divided := array(select least(w, c) from unnest(by_shares(p_amount, v_shares), v_capacities) with ordinality b (w, c, place) order by place);
  v_divided := added(v_divided, in_order(p_amount - sum_of(v_divided), array(select c - d from unnest(v_capacities, v_divided) with ordinality b (c, d, place) order by place)));
  v_left := p_amount - sum_of(v_divided);
  return case when v_left = 0 then v_divided else added(v_divided, by_shares(v_left, v_shares)) end;
end $$;

-- By shares that need not add up to the whole, since a part may have been released: the last one takes what is left.
create function headgate.by_shares(p_amount bigint, p_shares integer[]) returns bigint[]
language plpgsql immutable as $$
declare
  v_parts bigint[] := shares_of(p_amount, array(select (s * 1000000::bigint / greatest(1, (select sum(x) from unnest(p_shares) x)))::integer
    from unnest(p_shares) with ordinality w (s, place) order by place));
begin
  v_parts[cardinality(v_parts)] := v_parts[cardinality(v_parts)] + p_amount - sum_of(v_parts);
  return v_parts;
end $$;

-- What an attempt gives back though others are to come: from the last part on, of what the charge leaves.
create function headgate.divide_back(p_parts headgate.standing_part[], p_charged bigint[], p_frees bigint) returns bigint[] language sql immutable as $$
  select headgate.backwards(headgate.in_order(coalesce(p_frees, 0),
    array(select greatest(0, p.remaining - c.charged) from unnest(p_parts) with ordinality p join unnest(p_charged) with ordinality c (charged, place) on c.place = p.ordinality
      order by p.ordinality desc)))
$$;

-- Whether somebody asks about one of several parts: it moves with the others, under the id of the first.
create function headgate.is_follower(p_hold_id uuid) returns boolean language sql stable as $$
  select exists (select from headgate.hold_part where hold_id = p_hold_id and ordinal > 1)
$$;
create function headgate.is_funded(p_hold_id uuid) returns boolean language sql stable as $$ select exists (select from headgate.hold_part where leader_id = p_hold_id) $$;

-- Waits for everything else that divides something among the parts of these reservations, or uses these keys.
create function headgate.lock_funded(p_keys text[], p_hold_ids uuid[]) returns void
language plpgsql volatile as $$
begin
  perform lock_keys(p_keys || array(select 'funds:' || h from unnest(p_hold_ids) h where is_funded(h)));
end $$;

-- What the settlements before one in the same call leave of parts: they are divided before any of them is posted.
create type headgate.part_use as (hold_id uuid, used bigint);
create function headgate.less_used(p_parts headgate.standing_part[], p_used headgate.part_use[]) returns headgate.standing_part[] language sql immutable as $$
  select array(
    select row(p.ordinal, p.hold_id, p.share, p.nodes, p.amount, greatest(0, p.remaining - u.used), greatest(0, p.capacity - u.used), p.state)::headgate.standing_part
    from unnest(p_parts) p cross join lateral (select least(coalesce(sum(used), 0), 9223372036854775807)::bigint used from unnest(p_used) w where w.hold_id = p.hold_id) u order by p.ordinal)
$$;

-- How a settlement that is new is divided. Null when it is not: it is one reservation, or will be refused as a whole.
create function headgate.split_settlement(p_ask headgate.settle_ask, p_used headgate.part_use[]) returns headgate.fund_split
language plpgsql volatile as $$
declare
  v_split headgate.fund_split;
  v_parts headgate.standing_part[];
  v_divided bigint[];
  v_back bigint[];
begin
  if not is_funded(p_ask.hold_id) then return null; end if;
  v_parts := less_used(array(select p from parts_of(p_ask.hold_id) p), p_used);
  if (v_parts[1]).ordinal is distinct from 1 or exists (select from journal_transaction where key = p_ask.key)
      or exists (select from attempt where hold_id = p_ask.hold_id and ordinal = p_ask.attempt) then
    return null;
  end if;
  v_divided := divide_charge(v_parts, p_ask.amount);
  v_back := divide_back(v_parts, v_divided, p_ask.frees);
  v_split := row(p_ask.key, 'settle', p_ask.hold_id, p_ask.amount, array_fill(0::bigint, array[8]), array_fill(0::bigint, array[8]));
  for v_place in 1 .. cardinality(v_parts) loop
    v_split.amounts[(v_parts[v_place]).ordinal] := v_divided[v_place];
    v_split.frees[(v_parts[v_place]).ordinal] := v_back[v_place];
  end loop;
  insert into fund_split select v_split.*;
  return v_split;
end $$;

-- Settlements in order; see settle_by_policy().
create function headgate.settle_funded(p_asks json, p_now timestamptz) returns setof headgate.settle_answer
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_asks headgate.settle_ask[];
  v_ask headgate.settle_ask;
  v_split headgate.fund_split;
  v_all jsonb[] := '{}';
  v_places integer[] := '{}';
  v_refused integer[] := '{}';
  v_codes text[] := '{}';
  v_used headgate.part_use[] := '{}';
  v_attempts text[] := '{}';
  v_new boolean;
begin
  if not exists (select from hold_part) then
    return query select * from settle_by_policy(p_asks, p_now);
    return;
  end if;
  v_asks := array(select a from json_populate_recordset(null::settle_ask, p_asks) a);
  perform lock_funded(array(select a.key from unnest(v_asks) a), array(select distinct a.hold_id from unnest(v_asks) a));
  for v_place in 1 .. cardinality(v_asks) loop
    v_ask := v_asks[v_place];
    -- What comes again is divided as it was. A second charge for an attempt is refused for the reservation as a whole.
    select * into v_split from fund_split where key = v_ask.key;
    v_new := not found;
    if v_new and v_ask.hold_id || ' ' || v_ask.attempt <> all (v_attempts) then v_split := split_settlement(v_ask, v_used); end if;
    -- Only what will be charged uses its attempt up: what is refused leaves it to the next.
    if v_new and v_split.key is not null then v_attempts := v_attempts || (v_ask.hold_id || ' ' || v_ask.attempt); end if;
    if is_follower(v_ask.hold_id) then
      v_refused := v_refused || v_place;
      v_codes := v_codes || 'budget.hold-part'::text;
    elsif v_split.key is null then
      v_all := v_all || to_jsonb(v_ask);
      v_places := v_places || v_place;
    elsif (v_split.kind, v_split.leader_id, v_split.asked) is distinct from ('settle', v_ask.hold_id, v_ask.amount) then
      v_refused := v_refused || v_place;
      v_codes := v_codes || 'idempotency.mismatch'::text;
    else
      v_all := v_all || array(
        select to_jsonb(v_ask) || jsonb_build_object('key', fund_key(v_ask.key, p.ordinal), 'hold_id', p.hold_id, 'amount', v_split.amounts[p.ordinal], 'frees', v_split.frees[p.ordinal])
        from hold_part p join hold h on h.id = p.hold_id
        where p.leader_id = v_ask.hold_id and (p.ordinal = 1 or v_split.amounts[p.ordinal] > 0 or v_split.frees[p.ordinal] > 0 or v_ask.final and h.state <> 'released')
        order by p.ordinal);
      v_places := v_places || array_fill(v_place, array[cardinality(v_all) - cardinality(v_places)]);
      -- What was posted before this call is gone from the parts already.
      if v_new then
        v_used := v_used || array(
          select row(p.hold_id, case when v_ask.final then 9223372036854775807 else v_split.amounts[p.ordinal] + v_split.frees[p.ordinal] end)::part_use
          from hold_part p where p.leader_id = v_ask.hold_id);
      end if;
    end if;
  end loop;
  return query
    with answered as (
      select v_places[s.place] at_place, s.* from settle_by_policy(to_json(v_all), p_now) s
    ), whole as (
      select a.at_place, (array_agg(a.code order by a.place))[1] code, sum(a.charged)::bigint charged, sum(a.returned)::bigint returned, max(a.overrun) overrun,
        (array_agg(a.replayed order by a.place))[1] replayed, sum(a.refunded)::bigint refunded, count(a.code) refused, count(*) parts
      from answered a group by a.at_place
    )
    select w.at_place, case when w.refused > 0 and w.refused < w.parts then half_done() else w.code end, w.charged, w.returned, w.overrun, w.replayed, w.refunded from whole w
    union all
    select r.place, r.code, 0::bigint, 0::bigint, 0::bigint, false, 0::bigint from unnest(v_refused, v_codes) r (place, code)
    order by 1;
end $$;

-- A part was changed by hand between the look and the movement: nothing is done, and who asked tries again.
create function headgate.half_done() returns text
language plpgsql volatile as $$
begin
  raise exception 'a part of a reservation was changed meanwhile' using errcode = 'serialization_failure';
end $$;

-- Releases in order; see release_many().
create function headgate.release_funded(p_asks json, p_now timestamptz) returns setof headgate.settle_answer
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_asks headgate.release_ask[];
  v_ask headgate.release_ask;
  v_all jsonb[] := '{}';
  v_places integer[] := '{}';
  v_refused integer[] := '{}';
begin
  if not exists (select from hold_part) then
    return query select * from release_many(p_asks, p_now);
    return;
  end if;
  v_asks := array(select a from json_populate_recordset(null::release_ask, p_asks) a);
  perform lock_funded(array(select a.key from unnest(v_asks) a), array(select distinct a.hold_id from unnest(v_asks) a));
  for v_place in 1 .. cardinality(v_asks) loop
    v_ask := v_asks[v_place];
    if is_follower(v_ask.hold_id) then
      v_refused := v_refused || v_place;
      continue;
    end if;
    v_all := v_all || to_jsonb(v_ask) || array(
      select to_jsonb(v_ask) || jsonb_build_object('key', fund_key(v_ask.key, p.ordinal), 'hold_id', p.hold_id)
      from hold_part p join hold h on h.id = p.hold_id
      where p.leader_id = v_ask.hold_id and p.ordinal > 1
        and (exists (select from journal_transaction t where t.key = fund_key(v_ask.key, p.ordinal))
          or h.state = 'open' and exists (select from hold l where l.id = v_ask.hold_id and l.state = 'open') and not exists (select from journal_transaction t where t.key = v_ask.key))
      order by p.ordinal);
    v_places := v_places || array_fill(v_place, array[cardinality(v_all) - cardinality(v_places)]);
  end loop;
  return query
    select v_places[r.place], case when count(r.code) between 1 and count(*) - 1 then half_done() else (array_agg(r.code order by r.place))[1] end,
      0::bigint, sum(r.returned)::bigint, 0::bigint, (array_agg(r.replayed order by r.place))[1], 0::bigint
    from release_many(to_json(v_all), p_now) r group by v_places[r.place]
    union all
    select p, 'budget.hold-part', 0::bigint, 0::bigint, 0::bigint, false, 0::bigint from unnest(v_refused) p
    order by 1;
end $$;

-- How a new total is divided: as before under its key; else what is more goes to the parts as they have room, or by share, and what is less is taken from the last on.
-- Null amounts: only the expiry changes. With a code the reservation cannot be that much.
create type headgate.renewal_split as (split headgate.fund_split, code text, node integer, available bigint);
create function headgate.split_renewal(p_ask headgate.renew_ask, p_now timestamptz) returns headgate.renewal_split
language plpgsql volatile as $$
declare
  v_parts headgate.standing_part[] := array(select p from parts_of(p_ask.hold_id) p);
  v_amounts bigint[] := array(select p.amount from unnest(v_parts) p);
  v_total bigint := sum_of(v_amounts);
  v_more bigint := p_ask.amount - v_total;
  v_slack headgate.slack;
  v_obstacle headgate.obstacle;
  v_first headgate.obstacle;
  v_wanted bigint[];
  v_part bigint;
  v_split headgate.fund_split;
begin
  select * into v_split from fund_split where key = p_ask.key;
  if found then return row(v_split, null, null, 0)::headgate.renewal_split; end if;
  if v_more > 0 then
    v_slack := lock_nodes(array(select distinct unnest(p.nodes) from unnest(v_parts) p));
    v_wanted := case when (v_parts[1]).share is not null then by_shares(v_more, array(select p.share from unnest(v_parts) p)) end;
    for v_place in 1 .. cardinality(v_parts) loop
      v_obstacle := obstacle_to((v_parts[v_place]).nodes, 9223372036854775807, p_ask.until, v_slack, p_now);
      if v_first.code is null or v_first.code <> 'budget.insufficient' and v_obstacle.code = 'budget.insufficient' then v_first := v_obstacle; end if;
      v_part := case when v_wanted is not null then v_wanted[v_place] else least(v_more, greatest(0, v_obstacle.available)) end;
      if v_part > v_obstacle.available and v_part > 0 then
        return row(null, v_obstacle.code, v_obstacle.node, v_total + greatest(0, v_obstacle.available))::headgate.renewal_split;
      end if;
      v_amounts[v_place] := v_amounts[v_place] + v_part;
      v_more := v_more - v_part;
      v_slack := less_room(v_slack, (v_parts[v_place]).nodes, v_part);
    end loop;
    if v_more > 0 then return row(null, v_first.code, v_first.node, sum_of(v_amounts))::headgate.renewal_split; end if;
  elsif v_more < 0 then
    v_wanted := backwards(in_order(-v_more, backwards(array(select p.remaining from unnest(v_parts) p))));
    v_amounts := array(select a - w from unnest(v_amounts, v_wanted) with ordinality b (a, w, place) order by place);
  end if;
  v_split := row(p_ask.key, 'renew', p_ask.hold_id, p_ask.amount, array_fill(null::bigint, array[8]), '{}');
  for v_place in 1 .. cardinality(v_parts) loop
    v_split.amounts[(v_parts[v_place]).ordinal] := case when p_ask.amount is not null then v_amounts[v_place] end;
  end loop;
  insert into fund_split select v_split.*;
  return row(v_split, null, null, 0)::headgate.renewal_split;
end $$;

-- Renewals in order; see renew_many().
create function headgate.renew_funded(p_asks json, p_now timestamptz) returns setof headgate.renew_answer
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_asks headgate.renew_ask[];
  v_ask headgate.renew_ask;
  v_split headgate.renewal_split;
  v_leader headgate.held;
  v_answer headgate.renew_answer;
begin
  if not exists (select from hold_part) then
    return query select * from renew_many(p_asks, p_now);
    return;
  end if;
  v_asks := array(select a from json_populate_recordset(null::renew_ask, p_asks) a);
  perform lock_funded(array(select a.key from unnest(v_asks) a), array(select distinct a.hold_id from unnest(v_asks) a));
  perform lock_nodes(array(select distinct unnest(t.nodes) from unnest(v_asks) a left join hold_part p on p.leader_id = a.hold_id
    join hold h on h.id = coalesce(p.hold_id, a.hold_id) join journal_transaction t on t.number = h.transaction));
  for v_place in 1 .. cardinality(v_asks) loop
    v_ask := v_asks[v_place];
    v_leader := held_as(v_ask.hold_id);
    v_split := null;
    if is_funded(v_ask.hold_id) and v_leader.state = 'open' and not exists (select from refusal where key = v_ask.key)
          and not exists (select from journal_transaction where key = v_ask.key)
        or exists (select from fund_split where key = v_ask.key) then
      v_split := split_renewal(v_ask, p_now);
    end if;
    if is_follower(v_ask.hold_id) then
      v_answer := row(v_place, 'budget.hold-part', null, 0, 0, 0, null, false);
    elsif v_split.code is not null then
      v_answer := row(v_place, v_split.code, node_name(v_split.node), v_split.available, v_ask.amount, 0, null, false);
      insert into refusal (key, account_id, person, subject, asked, code, level, available, at)
      values (v_ask.key, v_leader.account_id, v_leader.person, 'reprice:' || v_ask.hold_id, v_ask.amount, v_answer.code, v_answer.account, v_answer.available, p_now);
    elsif (v_split.split).key is null then
      select * into v_answer from renew_many(json_build_array(to_json(v_ask)), p_now);
    elsif ((v_split.split).kind, (v_split.split).leader_id, (v_split.split).asked) is distinct from ('renew', v_ask.hold_id, v_ask.amount) then
      v_answer := row(v_place, 'idempotency.mismatch', null, 0, 0, 0, null, false);
    else
      select v_place, case when count(r.code) between 1 and count(*) - 1 then half_done() else min(r.code) end, null, 0, sum(r.amount)::bigint, sum(r.returned)::bigint,
        max(r.expires_at), bool_and(r.replayed) into v_answer
      from renew_many((
        select json_agg(to_jsonb(v_ask) || jsonb_build_object('key', fund_key(v_ask.key, p.ordinal), 'hold_id', p.hold_id, 'amount', ((v_split.split).amounts)[p.ordinal]) order by p.ordinal)
        from hold_part p join hold h on h.id = p.hold_id
        where p.leader_id = v_ask.hold_id and (p.ordinal = 1 or ((v_split.split).amounts)[p.ordinal] is not null or v_ask.amount is null and h.state = 'open')), p_now) r;
    end if;
    v_answer.place := v_place;
    return next v_answer;
  end loop;
end $$;
