-- Overrun policy: what happens when a settlement goes beyond its reservation and does not fit.
--
-- The rule: the nearest account on the path that has a policy decides, `leave` where none has. `leave`: what no limit covers is overrun, as ever. `extend`: the reservation is
-- first extended, explicitly, as far as money is free at every level and nothing stops new commitments there; the rest is overrun. `advance`: what there is no room for
-- at every level is charged to the advance account that the policy names, at risk, under a key made of the settlement's; what that cannot bear either is overrun there. Each
-- charge posts in full, once, in one transaction, and a key keeps the way it went the first time. Costs that go to a late fund have gone elsewhere already.

create table headgate.overrun_policy (
  account_id integer primary key references headgate.account (id),
  -- 'inherit': the accounts above decide again.
  policy text not null check (policy in ('extend', 'advance', 'leave', 'inherit')),
  advance_id integer references headgate.account (id),
  reason text not null check (char_length(reason) between 1 and 500),
  person text not null,
  since timestamptz not null,
  check ((policy = 'advance') = (advance_id is not null))
);

-- Sets the policy of an account from now on. True when it was done now, false when by this key before.
create function headgate.set_overrun_policy(p_key text, p_asked json, p_person text, p_source text, p_why text, p_now timestamptz) returns boolean
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_account headgate.account := account_named(p_asked ->> 'account');
  v_advance headgate.account;
  v_batch bigint := nextval('batch_number');
begin
  perform lock_keys(array[p_key, 'overrun-policy:' || v_account.name]);
  if asked_before(p_key, p_asked, 'policy') then return false; end if;
  if p_asked ->> 'advance' is not null then
    v_advance := account_named(p_asked ->> 'advance');
    if v_advance.kind <> 'advance' then perform refuse('budget.advance-kind', v_advance.name); end if;
    if v_advance.unit <> v_account.unit or v_account.id = any (v_advance.path) or v_advance.id = any (v_account.path) then
      perform refuse('budget.unit-mismatch', v_advance.name);
    end if;
  end if;
  insert into overrun_policy (account_id, policy, advance_id, reason, person, since) values (v_account.id, p_asked ->> 'policy', v_advance.id, p_why, p_person, p_now)
  on conflict (account_id) do update set policy = excluded.policy, advance_id = excluded.advance_id, reason = excluded.reason, person = excluded.person, since = excluded.since;
  insert into journal_transaction (number, kind, key, account_id, unit, nodes, amount, effective_at, person, by_person, source, why, subject, detail)
  values (v_batch * 1024 + 1, 'policy', p_key, v_account.id, v_account.unit, array[v_account.id], 0, p_now, p_person, p_person, p_source, p_why, 'overrun-policy',
    json_build_object('asked', p_asked));
  perform seal_batch(v_batch, p_now);
  return true;
end $$;

-- The policy that decides for an account; all null where none does.
create function headgate.overrun_policy_of(p_account_id integer) returns headgate.overrun_policy
language plpgsql stable as $$
declare
  v_policy headgate.overrun_policy;
begin
  select p.* into v_policy from account a join overrun_policy p on p.account_id = any (a.path) where a.id = p_account_id and p.policy <> 'inherit' order by p.account_id desc limit 1;
  return v_policy;
end $$;

-- The most of a cost that fits into p_room together with the indirect cost it brings.
create function headgate.direct_within(p_amount bigint, p_rate integer, p_room bigint) returns bigint
language plpgsql immutable as $$
declare
  v_direct bigint := least(p_amount, (p_room::numeric * 1000000 / (1000000 + coalesce(p_rate, 0)))::bigint);
begin
  while v_direct > 0 and v_direct + coalesce(part_of(v_direct, p_rate), 0) > p_room loop v_direct := v_direct - 1; end loop;
  while v_direct < p_amount and v_direct + 1 + coalesce(part_of(v_direct + 1, p_rate), 0) <= p_room loop v_direct := v_direct + 1; end loop;
  return v_direct;
end $$;

-- Extends an open reservation for a settlement that goes p_short beyond it, as far as money is free at every level and new commitments are let in there.
create function headgate.extend_hold(p_ask headgate.settle_ask, p_held headgate.held, p_policy headgate.overrun_policy, p_short bigint, p_now timestamptz) returns void
language plpgsql volatile as $$
declare
  v_hold headgate.hold;
  v_more bigint;
  v_batch bigint := nextval('batch_number');
begin
  select least(p_short, min(case when block_of(b, p_now) is null then b.allocated - b.spent - b.held - b.leased else 0 end)) into v_more
  from balance b where b.node_id = any (p_held.nodes);
  if p_held.state <> 'open' or v_more <= 0 then return; end if;
  select * into v_hold from hold where id = p_held.id;
  perform post_renewal(v_batch * 1024 + 1, row(extend_key(p_ask.key), p_held.id, v_hold.amount + v_more, null, null, p_ask.at,
    'the overrun policy of ' || node_name(p_policy.account_id) || ' extends it', 'headgate', p_ask.source,
    json_build_object('formula', '[]'::json, 'policy', p_policy.account_id, 'settles', p_ask.key))::headgate.renew_ask, p_held, v_hold, v_more);
  perform seal_batch(v_batch, p_now);
end $$;

-- Settles one ask by the policy of its account. The caller holds the locks of its keys and of every balance that it can move.
create function headgate.settle_one(p_document json, p_now timestamptz) returns headgate.settle_answer
language plpgsql volatile as $$
declare
  v_ask headgate.settle_ask := json_populate_record(null::headgate.settle_ask, p_document);
  v_work headgate.cost_work := cost_of(v_ask, p_now);
  v_held headgate.held := held_as(v_ask.hold_id);
  v_policy headgate.overrun_policy;
  v_room bigint;
  v_beside headgate.charge_answer;
  v_answer headgate.settle_answer;
begin
  select t.number, t.amount, t.overrun into v_beside.number, v_beside.charged, v_beside.overrun from journal_transaction t where t.key = advance_key(v_ask.key);
  if not found and v_held.id is not null and v_held.state <> 'released' and (v_work.way).account_id is null
      and not exists (select from journal_transaction where key = v_ask.key) and not exists (select from attempt where hold_id = v_ask.hold_id and ordinal = v_ask.attempt) then
    v_policy := overrun_policy_of(v_held.account_id);
    select v_held.remaining + min(b.allocated + b.overrun - b.spent - b.held - b.leased) into v_room from balance b where b.node_id = any (v_held.nodes);
    if v_ask.amount + v_work.indirect_amount <= v_room then
      null;
    elsif v_policy.policy = 'extend' then
      perform extend_hold(v_ask, v_held, v_policy, v_ask.amount + v_work.indirect_amount - v_held.remaining, p_now);
    elsif v_policy.policy = 'advance' then
      select * into v_beside from charge_many(json_build_array(json_build_object('key', advance_key(v_ask.key), 'account', (select name from account where id = v_policy.advance_id),
        'unit', v_work.unit, 'amount', v_ask.amount - direct_within(v_ask.amount, (v_work.indirect ->> 'rate')::integer, v_room), 'person', v_work.person, 'subject', v_work.subject,
        'figure', v_ask.figure, 'at', v_ask.at, 'note', v_ask.note, 'by_person', v_ask.by_person, 'source', v_ask.source,
        'detail', json_build_object('advance', v_policy.account_id, 'addressed', v_work.account, 'hold', v_ask.hold_id))), p_now);
    end if;
  end if;
  select * into v_answer from settle_dated(json_build_array(p_document::jsonb || jsonb_build_object('amount', (v_ask.amount - coalesce(v_beside.charged, 0))::text)), p_now);
  if v_answer.code is null and v_beside.charged > 0 then
    v_answer.charged := v_answer.charged + v_beside.charged;
    v_answer.overrun := greatest(v_answer.overrun, v_beside.overrun);
  end if;
  return v_answer;
end $$;

-- Settlements in order, each by the policy of its account; see settle_dated(). Where no policy was ever set, those between two that may be given back go there at once.
create function headgate.settle_by_policy(p_asks json, p_now timestamptz) returns setof headgate.settle_answer
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_alone boolean := exists (select from overrun_policy);
  v_states text[] := refunded_states();
  v_work headgate.cost_work[];
  v_run json;
  v_answers headgate.settle_answer[];
  v_place integer := 0;
  v_answer headgate.settle_answer;
begin
  if not v_alone and (v_states = '{}' or not exists (select from json_populate_recordset(null::headgate.settle_ask, p_asks) a where a.end_state = any (v_states))) then
    return query select * from settle_dated(p_asks, p_now);
    return;
  end if;
  perform lock_keys(array(
    select unnest(array[a.key, late_key(a.key), indirect_key(a.key), advance_key(a.key), extend_key(a.key)]) from json_populate_recordset(null::headgate.settle_ask, p_asks) a));
  v_work := array(select cost_of(a, p_now) from json_populate_recordset(null::headgate.settle_ask, p_asks) a);
  -- Every balance of all parts in one order, before any of them locks its own and the end of the chain.
  perform lock_nodes(array(
    select unnest(w.nodes) from unnest(v_work) w
    union select unnest(nodes_of(f.path, w.person, null)) from unnest(v_work) w join account f on f.id in ((w.way).account_id, w.account_id,
      (select p.advance_id from overrun_policy_of(w.account_id) p))));
  for v_run in
    select json_agg(value order by place) from (
      select value, place, count(*) filter (where v_alone or value ->> 'end_state' = any (v_states)) over (order by place rows between unbounded preceding and 1 preceding) run
      from json_array_elements(p_asks) with ordinality a (value, place)) cut
    group by run order by run
  loop
    v_answers := case when v_alone then array[settle_one(v_run -> 0, p_now)] else array(select s from settle_dated(v_run, p_now) s) end;
    foreach v_answer in array v_answers loop
      v_place := v_place + 1;
      v_answer.place := v_place;
      return next v_answer;
    end loop;
  end loop;
end $$;

-- What a reservation was charged beside its own account: to a late fund or an advance account, and indirect cost.
create function headgate.charged_beside(p_hold_id uuid) returns bigint language sql stable as $$
  select coalesce(sum(c.amount), 0)::bigint from headgate.journal_transaction s
  join headgate.journal_transaction c on c.key = any (array[headgate.late_key(s.key), headgate.indirect_key(s.key), headgate.advance_key(s.key)]) and c.kind = 'charge'
  where s.hold_id = p_hold_id and s.kind = 'settle'
$$;
