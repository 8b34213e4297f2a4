-- settle_dated() and charge_dated(): settlements and charges as they come, each to the fund that its date of service calls for, with the indirect cost it brings.
--
-- The rule: a cost whose service was given outside the days of its award, or that arrives after the award's close-out, is charged to the award's late
-- fund, under a key made of its own; a settlement then ends its reservation with a charge of 0. A cost of a class that has a rate is followed by a charge of its
-- indirect cost: for a charge by the rate of its day, for a settlement by the rate its reservation was made with. All in one transaction, so nothing is lost between
-- them. Where an award names neither, or an account has no award, everything posts as it was addressed. A key keeps the way it went the first time. What policy gives
-- back of it is refunded at the end: see refund_settled().

create function headgate.late_key(p_key text) returns text language sql immutable as $$
  select case when char_length(p_key) <= 295 then 'late:' || p_key else 'late:' || encode(sha256(p_key::bytea), 'hex') end
$$;

-- Keys of what the overrun policy of an account does beside a settlement; no caller can use them.
create function headgate.beside_key(p_prefix text, p_key text) returns text language sql immutable as $$
  select 'ledger:' || p_prefix || ':' || case when char_length(p_key) <= 280 then p_key else encode(sha256(p_key::bytea), 'hex') end
$$;
create function headgate.advance_key(p_key text) returns text language sql immutable as $$ select headgate.beside_key('advance', p_key) $$;
create function headgate.extend_key(p_key text) returns text language sql immutable as $$ select headgate.beside_key('extend', p_key) $$;

-- The fund that takes a cost of an account as late, and the award that says so. The award nearest to the account decides.
create type headgate.late_way as (account_id integer, account text, award text);
create function headgate.late_way_of(p_key text, p_account_id integer, p_at timestamptz, p_now timestamptz) returns headgate.late_way
language plpgsql volatile as $$
declare
  v_way headgate.late_way;
begin
  select t.account_id, a.name, t.detail ->> 'late' into v_way from journal_transaction t join account a on a.id = t.account_id where t.key = late_key(p_key);
  if found then return v_way; end if;
  if exists (select from journal_transaction where key = p_key) then return null; end if;
  select f.id, f.name, w.number into v_way
  from account a join award w on w.account_id = any (a.path) left join account f on f.id = w.late_account_id
    and (p_at < first_moment(w.starts_on) or p_at >= first_moment(w.ends_on + 1) or p_now >= first_moment(w.ends_on + 1 + w.closeout_days))
  where a.id = p_account_id order by w.account_id desc limit 1;
  if v_way.account_id is null then return null; end if;
  return v_way;
end $$;

-- Waits for everything that could use one of these keys, or one of those made of them.
create function headgate.lock_cost_keys(p_keys text[]) returns void
language plpgsql volatile as $$
begin
  perform lock_keys(array(select unnest(array[k, late_key(k), indirect_key(k)]) from unnest(p_keys) k));
end $$;

-- Whether any award says that a cost is more than one charge where it is addressed.
create function headgate.costs_plain() returns boolean language sql stable as $$
  select not exists (select from headgate.award where late_account_id is not null) and not exists (select from headgate.award_indirect)
$$;

-- Charges among which only the last may be given back in part by policy.
create function headgate.charge_run(p_asks json, p_now timestamptz) returns setof headgate.charge_answer
language plpgsql volatile as $$
declare
  v_asks json;
  v_answers headgate.charge_answer[];
  v_indirect json;
begin
  if costs_plain() then
    v_answers := array(select c from charge_many(p_asks, p_now) c order by c.place);
    perform refund_charged(p_asks, v_answers, p_now);
    return query select * from unnest(v_answers);
    return;
  end if;
  perform lock_cost_keys(array(select a.key from json_populate_recordset(null::headgate.charge_ask, p_asks) a));
  select json_agg(case when way.account is null then to_jsonb(a) else to_jsonb(a) || jsonb_build_object('key', late_key(a.key), 'account', way.account,
    'detail', coalesce(a.detail::jsonb, '{}') || jsonb_build_object('late', way.award, 'addressed', a.account)) end order by a.ordinality) into v_asks
  from rows from (json_populate_recordset(null::headgate.charge_ask, p_asks)) with ordinality a
  left join account found on found.name = a.account and found.kind <> 'outside'
  cross join lateral late_way_of(a.key, found.id, a.at, p_now) way;
  v_answers := array(select c from charge_many(v_asks, p_now) c order by c.place);
  -- What was posted before has its indirect cost, or was without.
  select json_agg(to_jsonb(a) || jsonb_build_object('key', indirect_key(a.key), 'amount', part_of(a.amount, i.rate), 'subject', 'indirect:' || i.class,
    'detail', json_build_object('indirect', i.rate, 'class', i.class, 'award', i.award, 'base', a.amount::text, 'of', (v_answers[a.ordinality]).number::text)) order by a.ordinality)
  into v_indirect
  from rows from (json_populate_recordset(null::headgate.charge_ask, v_asks)) with ordinality a
  join account found on found.name = a.account
  cross join lateral indirect_of(found.id, a.detail ->> 'class', a.at) i
  where (v_answers[a.ordinality]).code is null and not (v_answers[a.ordinality]).replayed and a.detail ->> 'late' is null and i.rate > 0;
  if v_indirect is not null then perform charge_many(v_indirect, p_now); end if;
  perform refund_charged(p_asks, v_answers, p_now);
  return query select * from unnest(v_answers);
end $$;

-- Charges in order; see charge_many(). The class of a charge is in its detail. What policy gives back of one is free for the next.
create function headgate.charge_dated(p_asks json, p_now timestamptz) returns setof headgate.charge_answer
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_states text[] := refunded_states();
  v_run json;
  v_place integer := 0;
  v_answer headgate.charge_answer;
begin
  if v_states = '{}' or not exists (select from json_populate_recordset(null::headgate.charge_ask, p_asks) a where a.detail ->> 'end_state' = any (v_states)) then
    return query select * from charge_run(p_asks, p_now);
    return;
  end if;
  perform lock_cost_keys(array(select a.key from json_populate_recordset(null::headgate.charge_ask, p_asks) a));
  -- Every balance in one order, before the first run locks the end of the chain.
  perform lock_nodes(array(
    select unnest(nodes_of(f.path, a.person, a.partition)) from json_populate_recordset(null::headgate.charge_ask, p_asks) a
    join account named on named.name = a.account and named.kind <> 'outside' join account f on f.id in (named.id, (select account_id from late_way_of(a.key, named.id, a.at, p_now)))));
  for v_run in
    select json_agg(value order by place) from (
      select value, place, count(*) filter (where value -> 'detail' ->> 'end_state' = any (v_states)) over (order by place rows between unbounded preceding and 1 preceding) run
      from json_array_elements(p_asks) with ordinality a (value, place)) cut
    group by run order by run
  loop
    for v_answer in select * from charge_run(v_run, p_now) loop
      v_place := v_place + 1;
      v_answer.place := v_place;
      return next v_answer;
    end loop;
  end loop;
end $$;

-- What a settlement is in full: what the ask said, the way it goes, and the indirect cost it brings.
create type headgate.cost_work as (ask headgate.settle_ask, account_id integer, account text, unit text, nodes integer[], person text, subject text, way headgate.late_way,
  indirect json, indirect_amount bigint);
create function headgate.cost_of(p_ask headgate.settle_ask, p_now timestamptz) returns headgate.cost_work
language plpgsql volatile as $$
declare
  v_work headgate.cost_work;
begin
  select p_ask, h.account_id, a.name, t.unit, t.nodes, t.person, t.subject, null, t.detail -> 'indirect', 0 into v_work
  from hold h join journal_transaction t on t.number = h.transaction join account a on a.id = h.account_id where h.id = p_ask.hold_id;
  v_work.ask := p_ask;
  v_work.way := late_way_of(p_ask.key, v_work.account_id, p_ask.at, p_now);
  if (v_work.way).account_id is null then v_work.indirect_amount := coalesce(part_of(p_ask.amount, (v_work.indirect ->> 'rate')::integer), 0); end if;
  return v_work;
end $$;

-- What is charged beside the settlement itself: to the late fund, or the indirect cost. Null when nothing is.
create function headgate.charge_beside(p_work headgate.cost_work) returns jsonb
language plpgsql volatile as $$
declare
  v_ask headgate.settle_ask := p_work.ask;
  v_common jsonb := jsonb_build_object('unit', p_work.unit, 'person', p_work.person, 'figure', v_ask.figure, 'at', v_ask.at, 'note', v_ask.note, 'by_person', v_ask.by_person,
    'source', v_ask.source);
begin
  if (p_work.way).account_id is not null then
    return v_common || jsonb_build_object('key', late_key(v_ask.key), 'account', (p_work.way).account, 'amount', v_ask.amount, 'subject', p_work.subject,
      'detail', jsonb_build_object('late', (p_work.way).award, 'hold', v_ask.hold_id));
  elsif p_work.indirect_amount > 0 then
    return v_common || jsonb_build_object('key', indirect_key(v_ask.key), 'account', p_work.account, 'amount', p_work.indirect_amount,
      'subject', 'indirect:' || (p_work.indirect ->> 'class'), 'detail', jsonb_build_object('indirect', (p_work.indirect ->> 'rate')::integer, 'class', p_work.indirect ->> 'class',
      'award', p_work.indirect ->> 'award', 'base', v_ask.amount::text, 'hold', v_ask.hold_id));
  end if;
  return null;
end $$;

-- Settlements in order; see settle_many(). An answer says what was charged, to whichever fund, without its indirect cost; what was returned is less by that.
create function headgate.settle_dated(p_asks json, p_now timestamptz) returns setof headgate.settle_answer
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_work headgate.cost_work[];
  v_settle json;
  v_answers headgate.settle_answer[];
  v_answer headgate.settle_answer;
  v_beside jsonb;
  v_charged headgate.charge_answer;
begin
  if costs_plain() then
    return query select * from refund_settled(p_asks, array(select s from settle_many(p_asks, p_now) s order by s.place), p_now);
    return;
  end if;
  perform lock_cost_keys(array(select a.key from json_populate_recordset(null::headgate.settle_ask, p_asks) a));
  v_work := array(
    select cost_of(row(a.key, a.hold_id, a.attempt, a.amount, a.final, a.frees, a.figure, a.at, a.note, a.by_person, a.source, a.end_state)::headgate.settle_ask, p_now)
    from rows from (json_populate_recordset(null::headgate.settle_ask, p_asks)) with ordinality a order by a.ordinality);
  -- All balances of both parts in one order, before either locks its own and the end of the chain.
  perform lock_nodes(array(
    select unnest(w.nodes) from unnest(v_work) w
    union select unnest(nodes_of(f.path, w.person, null)) from unnest(v_work) w join account f on f.id in ((w.way).account_id, w.account_id)));
  -- What the reservation had for the indirect cost becomes free, and is taken at once by its charge, under the same locks.
  select json_agg(case when (w.way).account_id is not null then to_jsonb(w.ask) || '{"amount": 0}'
    else to_jsonb(w.ask) || jsonb_build_object('frees', coalesce((w.ask).frees, 0) + w.indirect_amount) end order by w.ordinality) into v_settle
  from unnest(v_work) with ordinality w;
  v_answers := array(select s from settle_many(v_settle, p_now) s order by s.place);
  for v_place in 1 .. cardinality(v_answers) loop
    v_answer := v_answers[v_place];
    v_beside := charge_beside(v_work[v_place]);
    if v_answer.code is null and v_beside is not null then
      select * into v_charged from charge_many(json_build_array(v_beside), p_now);
      v_answer.code := v_charged.code;
      v_answer.overrun := greatest(v_answer.overrun, v_charged.overrun);
      if ((v_work[v_place]).way).account_id is not null then
        v_answer.charged := v_charged.charged;
      else
        v_answer.returned := greatest(0, v_answer.returned - v_charged.charged);
      end if;
    end if;
    v_answers[v_place] := v_answer;
  end loop;
  return query select * from refund_settled(p_asks, v_answers, p_now);
end $$;

-- The indirect cost of accounts, to show it beside the direct one: by this without going through the whole journal.
create index journal_transaction_indirect on headgate.journal_transaction (account_id) where subject like 'indirect:%';
