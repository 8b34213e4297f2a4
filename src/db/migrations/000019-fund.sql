-- hold_funded(), settle_funded(), release_funded(), renew_funded(): reservations as they come, where an account is paid from several funds.
--
-- A plan says which accounts (funds) pay for the work that is sent to an account, in order or by share. A reservation on that account becomes a part on each fund,
-- each an ordinary reservation; the first is the leader, has the key and the id that the caller knows, and says what there is beside it. In order:
-- each fund takes what it has room for, the next one the rest; a fund that is frozen, over, overrun or ends before the work can is passed over. By share: every fund takes
-- its share, or all is refused. A charge draws in the same manner on what the parts have left; what goes beyond them is the last part's, whose fund was the one with room
-- left, or goes by share. All parts or none, under one key. An account without a plan is as before, and pays nothing for those that have one.

create table headgate.fund_plan (
  account_id integer primary key references headgate.account (id),
  mode text not null check (mode in ('order', 'share')),
  funds integer[] not null check (cardinality(funds) between 1 and 8),
  -- Millionths, for a plan by share.
  shares integer[] check (cardinality(shares) = cardinality(funds)),
  set_by varchar(200) not null,
  set_at timestamptz not null,
  check ((mode = 'share') = (shares is not null))
);

-- The parts of a reservation out of several funds; the leader is its own first part.
create table headgate.hold_part (
  leader_id uuid not null,
  ordinal integer not null check (ordinal between 1 and 8),
  hold_id uuid not null unique,
  share integer check (share between 0 and 1000000),
  primary key (leader_id, ordinal),
  check ((ordinal = 1) = (hold_id = leader_id))
);

-- How a request was divided among the parts: the same request is divided in the same way when it comes again.
create table headgate.fund_split (
  key varchar(300) primary key,
  kind text not null check (kind in ('settle', 'renew')),
  leader_id uuid not null,
  asked bigint,
  amounts bigint[] not null,
  frees bigint[] not null
);
create trigger append_only before update or delete or truncate on headgate.hold_part for each statement execute function headgate.refuse_change();
create trigger append_only before update or delete or truncate on headgate.fund_split for each statement execute function headgate.refuse_change();

-- The key of a part, made of the caller's.
create function headgate.fund_key(p_key text, p_ordinal integer) returns text language sql immutable as $$
  select case when p_ordinal = 1 then p_key when char_length(p_key) <= 290 then 'fund:' || p_ordinal || ':' || p_key
    else 'fund:' || p_ordinal || ':' || encode(sha256(p_key::bytea), 'hex') end
$$;

-- An amount by shares in millionths, rounded so that the parts add up to it and none is negative.
create function headgate.shares_of(p_amount bigint, p_shares integer[]) returns bigint[] language sql immutable as $$
  select array_agg(headgate.part_of(p_amount, upto::integer) - headgate.part_of(p_amount, (upto - share)::integer) order by place)
  from (select s.place, s.share, sum(s.share) over (order by s.place) upto from unnest(p_shares) with ordinality s (share, place)) cumulative
$$;

-- An amount taken from rooms one after the other; where they are too small together, the parts add up to less.
create function headgate.in_order(p_amount bigint, p_rooms bigint[]) returns bigint[] language sql immutable as $$
  select array_agg(greatest(0, least(room, p_amount - before)) order by place)
  from (select place, room, coalesce(sum(room) over (order by place rows between unbounded preceding and 1 preceding), 0)::bigint before
    from unnest(p_rooms) with ordinality r (room, place)) passed
$$;

create function headgate.sum_of(p_amounts bigint[]) returns bigint language sql immutable as $$ select coalesce(sum(a), 0)::bigint from unnest(p_amounts) a $$;
create function headgate.added(p_left bigint[], p_right bigint[]) returns bigint[] language sql immutable as $$
  select array_agg(l + r order by place) from unnest(p_left, p_right) with ordinality both_of (l, r, place)
$$;
create function headgate.backwards(p_amounts bigint[]) returns bigint[] language sql immutable as $$
  select array_agg(a order by place desc) from unnest(p_amounts) with ordinality b (a, place)
$$;

-- What can be charged out of an amount that has its indirect cost in it.
create function headgate.direct_of(p_amount bigint, p_rate integer) returns bigint language sql immutable as $$
  select div(greatest(0, p_amount)::numeric * 1000000, 1000000 + coalesce(p_rate, 0))::bigint
$$;

-- Reservations of a class: an ask that says what it uses (`class` in its detail) and names only its direct cost gets the indirect cost that its award adds to it, before it
-- is decided. Its charges are settled by the same rate (see settle_dated()).
--
-- The rule: the rate is that of the account's nearest award on the day of the ask. Where nobody decided about the class, and where it is exempt, nothing is added. A key
-- keeps the rate it was granted by; one that was refused is compared by the rate of that day.

-- What covers the indirect cost of a direct one that is charged in at most p_charges parts: each is rounded half-even, so all together are at most half a
-- millionth a part above the exact sum.
create function headgate.indirect_reserve(p_direct bigint, p_rate integer, p_charges integer) returns bigint language sql immutable as $$
  select case when coalesce(p_rate, 0) = 0 then 0 else ceil(p_direct::numeric * p_rate / 1000000)::bigint + coalesce(p_charges, 1) / 2 end
$$;

create function headgate.class_holds(p_asks json, p_now timestamptz) returns json
language plpgsql volatile as $$
begin
  perform lock_keys(array(select a.key from json_populate_recordset(null::headgate.hold_ask, p_asks) a));
  return (
    -- What is paid from several funds gets the rate of each: see decide_funds().
    select json_agg(case when a.detail ->> 'class' is null or kept.rate is null or t.detail -> 'funds' is not null or t.number is null and p.account_id is not null then to_jsonb(a)
      else to_jsonb(a) || jsonb_build_object('amount', a.amount + indirect_reserve(a.amount, kept.rate, (a.detail ->> 'charges')::integer),
        'detail', a.detail::jsonb || jsonb_build_object('indirect', jsonb_build_object('award', kept.award, 'class', kept.class, 'rate', kept.rate))) end order by a.ordinality)
    from rows from (json_populate_recordset(null::headgate.hold_ask, p_asks)) with ordinality a
    left join account found on found.name = a.account and found.kind <> 'outside'
    left join fund_plan p on p.account_id = found.id
    left join journal_transaction t on t.key = a.key
    left join refusal r on r.key = a.key
    left join lateral indirect_of(found.id, a.detail ->> 'class', coalesce(r.at, p_now)) i on true
    cross join lateral (select case when t.number is null then i.award else t.detail #>> '{indirect,award}' end award,
      case when t.number is null then i.class else t.detail #>> '{indirect,class}' end class,
      case when t.number is null then i.rate else (t.detail #>> '{indirect,rate}')::integer end rate) kept);
end $$;

-- Says from which funds the work of an account is paid, or with no funds that it pays for itself again. What is reserved already stays where it is.
-- True when it was done now, false when by this key before.
create function headgate.set_fund_plan(p_key text, p_account text, p_mode text, p_funds text[], p_shares integer[], p_person text, p_source text, p_why text, p_now timestamptz)
returns boolean
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_asked json := json_build_object('account', p_account, 'mode', p_mode, 'funds', p_funds, 'shares', p_shares);
  v_account headgate.account;
  v_fund headgate.account;
  v_ids integer[] := '{}';
  v_batch bigint := nextval('batch_number');
begin
  perform lock_keys(array[p_key, 'fund-plans']);
  if asked_before(p_key, v_asked, 'policy') then return false; end if;
  v_account := account_named(p_account);
  for v_place in 1 .. cardinality(p_funds) loop
    v_fund := account_named(p_funds[v_place]);
    if v_fund.unit <> v_account.unit then perform refuse('budget.unit-mismatch', v_fund.name); end if;
    -- A fund pays itself: a chain of plans would have no end that people could follow.
    if v_fund.id <> v_account.id and exists (select from fund_plan where account_id = v_fund.id) or exists (
        select from fund_plan p where v_account.id = any (p.funds) and p.account_id <> v_account.id and v_fund.id <> v_account.id) then
      perform refuse('budget.fund-chain', v_fund.name);
    end if;
    v_ids := v_ids || v_fund.id;
  end loop;
  delete from fund_plan where account_id = v_account.id;
  if cardinality(v_ids) > 0 then
    insert into fund_plan (account_id, mode, funds, shares, set_by, set_at) values (v_account.id, p_mode, v_ids, p_shares, p_person, p_now);
  end if;
  insert into journal_transaction (number, kind, key, account_id, unit, nodes, amount, effective_at, person, by_person, source, why, subject, detail)
  values (v_batch * 1024 + 1, 'policy', p_key, v_account.id, v_account.unit, array[v_account.id], 0, p_now, p_person, p_person, p_source, p_why, 'funds:' || p_account,
    json_build_object('asked', v_asked));
  perform seal_batch(v_batch, p_now);
  return true;
end $$;

-- What each fund takes of an ask, or which level refuses and how much could be asked instead.
create type headgate.fund_share as (ordinal integer, account text, nodes integer[], amount bigint, share integer, indirect jsonb);
create type headgate.fund_decision as (parts headgate.fund_share[], code text, node integer, available bigint);
create function headgate.decide_funds(p_ask headgate.hold_ask, p_plan headgate.fund_plan, p_now timestamptz) returns headgate.fund_decision
language plpgsql volatile as $$
declare
  v_class text := p_ask.detail ->> 'class';
  v_wanted bigint[] := case when p_plan.mode = 'share' then shares_of(p_ask.amount, p_plan.shares) end;
  v_slack headgate.slack;
  v_fund headgate.account;
  v_nodes integer[];
  v_rate headgate.award_indirect;
  v_obstacle headgate.obstacle;
  v_first headgate.obstacle;
  v_left bigint := p_ask.amount;
  v_most bigint;
  v_part bigint;
  v_decision headgate.fund_decision;
begin
  v_decision.parts := '{}';
  v_slack := lock_nodes(array(select distinct n from account a cross join unnest(nodes_of(a.path, p_ask.person, p_ask.partition)) n where a.id = any (p_plan.funds)));
  for v_place in 1 .. cardinality(p_plan.funds) loop
    select * into v_fund from account where id = p_plan.funds[v_place];
    v_nodes := nodes_of(v_fund.path, p_ask.person, p_ask.partition);
    v_rate := case when v_class is not null then indirect_of(v_fund.id, v_class, p_now) end;
    -- Nothing has so much room: what comes back is the room there is, or why there is none.
    v_obstacle := obstacle_to(v_nodes, 9223372036854775807, p_ask.until, v_slack, p_now);
    v_most := direct_of(v_obstacle.available - indirect_reserve(0, v_rate.rate, (p_ask.detail ->> 'charges')::integer), v_rate.rate);
    v_part := case when p_plan.mode = 'share' then v_wanted[v_place] else least(v_left, v_most) end;
    if v_first.code is null or v_first.code <> 'budget.insufficient' and v_obstacle.code = 'budget.insufficient' then v_first := v_obstacle; end if;
    if v_part > v_most or p_plan.mode = 'share' and v_obstacle.code <> 'budget.insufficient' then
      v_decision := row('{}'::headgate.fund_share[], v_obstacle.code, v_obstacle.node, div(v_most::numeric * 1000000, p_plan.shares[v_place])::bigint);
      return v_decision;
    end if;
    if v_part > 0 or p_plan.mode = 'share' or p_ask.amount = 0 and cardinality(v_decision.parts) = 0 and v_obstacle.code = 'budget.insufficient' then
      v_left := v_left - v_part;
      v_part := v_part + indirect_reserve(v_part, v_rate.rate, (p_ask.detail ->> 'charges')::integer);
      v_decision.parts := v_decision.parts || row(cardinality(v_decision.parts) + 1, v_fund.name, v_nodes, v_part, p_plan.shares[v_place],
        case when v_rate.rate is not null then jsonb_build_object('award', v_rate.award, 'class', v_rate.class, 'rate', v_rate.rate) end)::headgate.fund_share;
      v_slack := less_room(v_slack, v_nodes, v_part);
    end if;
  end loop;
  if v_left > 0 or cardinality(v_decision.parts) = 0 then
    v_decision := row('{}'::headgate.fund_share[], v_first.code, v_first.node, p_ask.amount - v_left);
  end if;
  return v_decision;
end $$;

-- What every part of a reservation keeps of it, for reports.
create function headgate.work_facts(p_detail json) returns jsonb language sql immutable as $$
  select jsonb_strip_nulls(jsonb_build_object('partition', p_detail ->> 'partition', 'app', p_detail ->> 'app', 'cluster', p_detail ->> 'cluster'))
$$;

-- One ask on an account that is paid from funds.
create function headgate.hold_parts(p_place integer, p_ask headgate.hold_ask, p_account headgate.account, p_plan headgate.fund_plan, p_now timestamptz)
returns headgate.hold_answer
language plpgsql volatile as $$
declare
  v_decision headgate.fund_decision;
  v_obstacle headgate.obstacle;
  v_total bigint;
  v_refused integer;
begin
  if p_ask.unit <> p_account.unit then return row(p_place, null, 'budget.unit-mismatch', p_ask.account, 0, p_ask.amount, false, null)::hold_answer; end if;
  -- The account itself says whether there may be work at all; its own money is asked only where the plan names it.
  select coalesce(nullif(block_of(b, p_now), 'budget.overrun'), 'budget.crosses-end'), b.node_id, 0 into v_obstacle
  from balance b where b.node_id = p_account.id and (block_of(b, p_now) <> 'budget.overrun' or b.ends_at < p_ask.until);
  v_decision := case when v_obstacle.code is not null then row('{}'::headgate.fund_share[], v_obstacle.code, v_obstacle.node, 0)::headgate.fund_decision
    else decide_funds(p_ask, p_plan, p_now) end;
  if v_decision.code is not null then
    if v_decision.code = 'budget.insufficient' and (select leased > 0 from balance where node_id = v_decision.node) then
      perform recall_leases(v_decision.node, p_ask.amount - v_decision.available);
    end if;
    insert into refusal (key, account_id, person, subject, asked, request, code, level, available, at)
    values (p_ask.key, p_account.id, p_ask.person, p_ask.subject, p_ask.amount, p_ask.detail ->> 'request', v_decision.code, node_name(v_decision.node), v_decision.available, p_now);
    return row(p_place, null, v_decision.code, node_name(v_decision.node), v_decision.available, p_ask.amount, false, null)::hold_answer;
  end if;
  v_total := (select sum(p.amount) from unnest(v_decision.parts) p);
  select count(*) filter (where a.code is not null or a.replayed) into v_refused from hold_many((
    select json_agg(to_jsonb(p_ask) || jsonb_build_object('key', fund_key(p_ask.key, p.ordinal), 'account', p.account, 'amount', p.amount,
      'id', case when p.ordinal = 1 then p_ask.id else md5(p_ask.id || ':' || p.ordinal)::uuid end,
      'detail', case when p.ordinal = 1 then p_ask.detail::jsonb || jsonb_build_object('funds', jsonb_build_object('of', p_ask.account, 'asked', p_ask.amount::text,
          'total', v_total::text, 'mode', p_plan.mode))
        else jsonb_build_object('fund', jsonb_build_object('of', p_ask.account, 'leader', p_ask.id, 'ordinal', p.ordinal)) || work_facts(p_ask.detail) end
        || case when p.indirect is null then '{}' else jsonb_build_object('indirect', p.indirect) end) order by p.ordinal)
    from unnest(v_decision.parts) p), p_now) a;
  if v_refused > 0 then raise exception 'a part of a reservation was refused under its locks' using errcode = 'serialization_failure'; end if;
  insert into hold_part (leader_id, ordinal, hold_id, share)
  select p_ask.id, p.ordinal, case when p.ordinal = 1 then p_ask.id else md5(p_ask.id || ':' || p.ordinal)::uuid end, p.share from unnest(v_decision.parts) p;
  return row(p_place, p_ask.id, null, p_ask.account, null, v_total, false, null)::hold_answer;
end $$;

-- Asks of which at least one is paid from funds, or was, one after the other.
create function headgate.hold_with_funds(p_asks headgate.hold_ask[], p_now timestamptz) returns setof headgate.hold_answer
language plpgsql volatile as $$
declare
  v_ask headgate.hold_ask;
  v_account headgate.account;
  v_plan headgate.fund_plan;
  v_done headgate.journal_transaction;
  v_answer headgate.hold_answer;
begin
  perform lock_keys(array(select a.key from unnest(p_asks) a));
  -- All balances in one order, before the first ask locks the end of the chain.
  perform lock_nodes(array(
    select distinct n from unnest(p_asks) a join account named on named.name = a.account left join fund_plan p on p.account_id = named.id
    join account paid on paid.id = named.id or paid.id = any (p.funds) cross join unnest(nodes_of(paid.path, a.person, a.partition)) n));
  for v_place in 1 .. cardinality(p_asks) loop
    v_ask := p_asks[v_place];
    select * into v_account from account where name = v_ask.account and kind <> 'outside';
    select * into v_plan from fund_plan where account_id = v_account.id;
    select * into v_done from journal_transaction where key = v_ask.key;
    if v_done.detail -> 'funds' is not null then
      if (v_done.detail #>> '{funds,of}', v_done.detail #>> '{funds,asked}', v_done.person, v_done.subject, v_done.detail ->> 'request')
          is distinct from (v_ask.account, v_ask.amount::text, v_ask.person, v_ask.subject, v_ask.detail ->> 'request') then
        v_answer := row(v_place, null, 'idempotency.mismatch', v_ask.account, 0, v_ask.amount, false, null);
      else
        v_answer := row(v_place, v_done.hold_id, null, v_ask.account, null, (v_done.detail #>> '{funds,total}')::bigint, true, null);
      end if;
    elsif v_plan.account_id is null or v_done.number is not null or exists (select from refusal where key = v_ask.key) then
      select * into v_answer from hold_many(json_build_array(to_json(v_ask)), p_now);
      v_answer.place := v_place;
    else
      v_answer := hold_parts(v_place, v_ask, v_account, v_plan, p_now);
    end if;
    return next v_answer;
  end loop;
end $$;

-- Asks in order of arrival; see hold_many(). Those on an account with a plan are answered with all their parts in one.
create function headgate.hold_funded(p_asks json, p_now timestamptz) returns setof headgate.hold_answer
language plpgsql volatile security definer
set search_path = headgate, pg_temp set plan_cache_mode = force_generic_plan set jit = off
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  v_rated boolean;
  v_funded boolean;
begin
  -- One look for what most laboratories do not have.
  select exists (select from award_indirect), exists (select from fund_plan) or exists (select from hold_part) into v_rated, v_funded;
  if v_rated then p_asks := class_holds(p_asks, p_now); end if;
  if v_funded and exists (
      select from json_populate_recordset(null::hold_ask, p_asks) a left join account n on n.name = a.account left join fund_plan p on p.account_id = n.id
      left join journal_transaction t on t.key = a.key where p.account_id is not null or t.detail -> 'funds' is not null) then
    return query select * from hold_with_funds(array(select a from json_populate_recordset(null::hold_ask, p_asks) a), p_now);
  else
    return query select * from unnest(hold_all(p_asks, p_now));
  end if;
end $$;
