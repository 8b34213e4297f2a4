-- settle_dated() and charge_dated(): settlements and charges as they come, each to the fund that its date of service calls for.
--
-- The rule: a cost whose service was given outside the days of its award, or that arrives after the award's close-out, is charged to the award's late
-- fund, under a key made of its own; a settlement then ends its reservation with a charge of 0. Both in one transaction, so nothing is lost between them. Where
-- an award names no late fund, or an account has no award, everything posts where it was addressed. A key keeps the way it went the first time.

create function headgate.late_key(p_key text) returns text language sql immutable as $$
  select case when char_length(p_key) <= 295 then 'late:' || p_key else 'late:' || encode(sha256(p_key::bytea), 'hex') end
$$;

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

-- Charges in order; see charge_many().
create function headgate.charge_dated(p_asks json, p_now timestamptz) returns setof headgate.charge_answer
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_asks json;
begin
  if not exists (select from award where late_account_id is not null) then
    return query select * from charge_many(p_asks, p_now);
    return;
  end if;
  perform lock_keys(array(select k from json_populate_recordset(null::headgate.charge_ask, p_asks) a cross join lateral (values (a.key), (late_key(a.key))) x (k)));
  select json_agg(case when way.account is null then to_jsonb(a) else to_jsonb(a) || jsonb_build_object('key', late_key(a.key), 'account', way.account,
    'detail', coalesce(a.detail::jsonb, '{}') || jsonb_build_object('late', way.award, 'addressed', a.account)) end order by a.ordinality) into v_asks
  from rows from (json_populate_recordset(null::headgate.charge_ask, p_asks)) with ordinality a
  left join account found on found.name = a.account and found.kind <> 'outside'
  cross join lateral late_way_of(a.key, found.id, a.at, p_now) way;
  return query select * from charge_many(v_asks, p_now);
end $$;

-- Settlements in order; see settle_many(). An answer says what was charged, to whichever fund.
create function headgate.settle_dated(p_asks json, p_now timestamptz) returns setof headgate.settle_answer
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_ways headgate.late_way[];
  v_settle json;
  v_answers headgate.settle_answer[];
  v_charge json;
  v_charged headgate.charge_answer[];
begin
  if not exists (select from award where late_account_id is not null) then
    return query select * from settle_many(p_asks, p_now);
    return;
  end if;
  perform lock_keys(array(select k from json_populate_recordset(null::headgate.settle_ask, p_asks) a cross join lateral (values (a.key), (late_key(a.key))) x (k)));
  v_ways := array(
    select row(way.account_id, way.account, way.award)::headgate.late_way
    from rows from (json_populate_recordset(null::headgate.settle_ask, p_asks)) with ordinality a
    left join hold h on h.id = a.hold_id cross join lateral late_way_of(a.key, h.account_id, a.at, p_now) way order by a.ordinality);
  -- All balances of both parts in one order, before either locks its own and the end of the chain.
  perform lock_nodes(array(
    select unnest(t.nodes) from json_populate_recordset(null::headgate.settle_ask, p_asks) a join hold h on h.id = a.hold_id join journal_transaction t on t.number = h.transaction
    union select unnest(nodes_of(f.path, t.person, null)) from rows from (json_populate_recordset(null::headgate.settle_ask, p_asks)) with ordinality a
      join hold h on h.id = a.hold_id join journal_transaction t on t.number = h.transaction join account f on f.id = (v_ways[a.ordinality]).account_id));
  select json_agg(case when (v_ways[a.ordinality]).account is null then to_jsonb(a) else to_jsonb(a) || '{"amount": 0}' end order by a.ordinality) into v_settle
  from rows from (json_populate_recordset(null::headgate.settle_ask, p_asks)) with ordinality a;
  v_answers := array(select s from settle_many(v_settle, p_now) s order by s.place);
  select json_agg(json_build_object('key', late_key(a.key), 'account', (v_ways[a.ordinality]).account, 'unit', t.unit, 'amount', a.amount, 'person', t.person,
    'subject', t.subject, 'figure', a.figure, 'at', a.at, 'note', a.note, 'by_person', a.by_person, 'source', a.source,
    'detail', json_build_object('late', (v_ways[a.ordinality]).award, 'hold', a.hold_id)) order by a.ordinality) into v_charge
  from rows from (json_populate_recordset(null::headgate.settle_ask, p_asks)) with ordinality a
  join hold h on h.id = a.hold_id join journal_transaction t on t.number = h.transaction
  where (v_ways[a.ordinality]).account is not null and (v_answers[a.ordinality]).code is null;
  if v_charge is null then
    return query select * from unnest(v_answers);
    return;
  end if;
  v_charged := array(select c from charge_many(v_charge, p_now) c order by c.place);
  return query
    select s.place, coalesce(s.code, c.code), case when c.place is null then s.charged else c.charged end, s.returned, greatest(s.overrun, coalesce(c.overrun, 0)), s.replayed
    from (select u.*, case when u.code is null and (v_ways[u.place]).account is not null
        then count(*) filter (where u.code is null and (v_ways[u.place]).account is not null) over (order by u.place) end as nth from unnest(v_answers) u) s
    left join unnest(v_charged) c on c.place = s.nth
    order by s.place;
end $$;
