-- adjust_many(): what mends a charge, as new entries beside it. The charge itself stays as it is.
--
-- The rule: a refund takes from spent back to free what an earlier settlement or charge took, never more than that charge less what was refunded of
-- it before. At each node that it counts against it first lowers the overrun, by as much of the refund as there is overrun; the rest is free
-- again. A write-off is a refund and, in the same batch, a charge of the same amount to the account that bears the loss. It posts whatever the
-- status and the dates are.

create type headgate.adjust_ask as (
  key text, kind text, mends bigint, amount bigint, bearer text, at timestamptz, note text, approver text, by_person text, source text, rule json
);
-- With a code nothing was posted; `refundable` is then what the charge has left to refund. `covered` is by how much the overrun of a node was lowered at
-- most, `overrun` what bearing the loss brought.
create type headgate.adjust_answer as (place integer, code text, number bigint, refundable bigint, covered bigint, overrun bigint, replayed boolean);

-- What a charge has left to refund.
create function headgate.refundable(p_charge headgate.journal_transaction) returns bigint
language plpgsql volatile as $$
begin
  return p_charge.amount - coalesce((select sum(t.amount) from journal_transaction t where t.mends = p_charge.number and t.kind in ('refund', 'write-off')), 0);
end $$;

-- The overrun of a node with what this batch has changed of it so far.
create function headgate.overrun_in(p_node integer, p_batch bigint) returns bigint
language plpgsql volatile as $$
begin
  return (select b.overrun from balance b where b.node_id = p_node) + coalesce((
    select sum(case when e.from_pocket = 'overrun' then e.amount else -e.amount end) from journal_entry e
    where e.transaction between p_batch * 1024 and p_batch * 1024 + 1023 and e.from_node = p_node and e.to_node = p_node
      and 'overrun' in (e.from_pocket, e.to_pocket)), 0);
end $$;

-- Posts a refund as transaction p_number of a batch. Gives the slack left, and as `overrun` by how much that of a node was lowered at most.
create function headgate.post_refund(p_batch bigint, p_number bigint, p_ask headgate.adjust_ask, p_charge headgate.journal_transaction, p_slack headgate.slack)
returns headgate.posted
language plpgsql volatile as $$
declare
  v_covered bigint := 0;
  v_lowered bigint;
  v_index integer;
begin
  insert into journal_entry (transaction, ordinal, from_node, from_pocket, to_node, to_pocket, amount)
  select p_number, 1, p_charge.account_id, 'spent', p_charge.account_id, 'free', p_ask.amount where p_ask.amount > 0;
  for v_place in 1 .. cardinality(p_charge.nodes) loop
    v_index := array_position(p_slack.nodes, p_charge.nodes[v_place]);
    v_lowered := least(p_ask.amount, overrun_in(p_charge.nodes[v_place], p_batch));
    insert into journal_entry (transaction, ordinal, from_node, from_pocket, to_node, to_pocket, amount)
    select p_number, 1 + v_place, p_charge.nodes[v_place], 'free', p_charge.nodes[v_place], 'overrun', v_lowered where v_lowered > 0;
    p_slack.room[v_index] := p_slack.room[v_index] + p_ask.amount - v_lowered;
    v_covered := greatest(v_covered, v_lowered);
  end loop;
  insert into journal_transaction (number, kind, key, account_id, unit, nodes, amount, overrun, effective_at, hold_id, mends, person, by_person, source, why, subject, detail)
  values (p_number, p_ask.kind, p_ask.key, p_charge.account_id, p_charge.unit, p_charge.nodes, p_ask.amount, v_covered, p_ask.at, p_charge.hold_id,
    p_charge.number, p_charge.person, p_ask.by_person, p_ask.source, p_ask.note, p_charge.subject,
    -- `rule`: the refund policy by which it was given back.
    case when p_ask.rule is null then json_build_object('approver', p_ask.approver, 'bearer', p_ask.bearer)
      else json_build_object('approver', p_ask.approver, 'rule', p_ask.rule) end);
  return row(p_slack, 0::bigint, 0::bigint, v_covered);
end $$;

-- The charge that bears the loss of a write-off.
create function headgate.bearing(p_ask headgate.adjust_ask, p_charge headgate.journal_transaction) returns headgate.charge_work
language plpgsql volatile as $$
declare
  v_work headgate.charge_work;
begin
  select row('ledger:loss:' || p_ask.key, a.name, p_charge.unit, p_ask.amount, p_charge.person, p_charge.subject, null, p_charge.figure, p_ask.at, p_ask.note, p_ask.by_person,
      p_ask.source, json_build_object('approver', p_ask.approver, 'written-off', p_charge.number::text))::headgate.charge_ask, a.id, a.unit, a.path
  into v_work
  from account a where a.name = p_ask.bearer and a.kind <> 'outside';
  return v_work;
end $$;

-- Many adjustments in one statement, in order of arrival, one commit. At most 500: a write-off is two transactions.
create function headgate.adjust_many(p_asks json, p_now timestamptz) returns setof headgate.adjust_answer
language plpgsql volatile security definer
set search_path = headgate, pg_temp set plan_cache_mode = force_generic_plan set jit = off
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  v_asks headgate.adjust_ask[] := array(select a from json_populate_recordset(null::headgate.adjust_ask, p_asks) a);
  v_slack headgate.slack;
  v_batch bigint := nextval('batch_number');
  v_written integer := 0;
  v_ask headgate.adjust_ask;
  v_done headgate.journal_transaction;
  v_charge headgate.journal_transaction;
  v_bearing headgate.charge_work;
  v_posted headgate.posted;
  v_answer headgate.adjust_answer;
begin
  perform lock_keys(array(select a.key from unnest(v_asks) a union all select 'ledger:loss:' || a.key from unnest(v_asks) a where a.kind = 'write-off'));
  v_slack := lock_nodes(array(
    select distinct n from unnest(v_asks) a join journal_transaction t on t.number = a.mends cross join unnest(t.nodes) n
    union select n from unnest(v_asks) a join account b on b.name = a.bearer cross join unnest(b.path) n));
  for v_place in 1 .. cardinality(v_asks) loop
    v_ask := v_asks[v_place];
    v_answer := row(v_place, null, null, 0, 0, 0, false);
    v_bearing := null;
    select * into v_done from journal_transaction where key = v_ask.key;
    select * into v_charge from journal_transaction where number = v_ask.mends and kind in ('settle', 'charge');
    if v_ask.kind = 'write-off' then v_bearing := bearing(v_ask, v_charge); end if;
    if v_done.number is not null then
      if (v_done.kind, v_done.mends, v_done.amount, v_done.detail ->> 'bearer') is distinct from (v_ask.kind, v_ask.mends, v_ask.amount, v_ask.bearer) then
        v_answer.code := 'idempotency.mismatch';
      else
        v_answer := row(v_place, null, v_done.number, 0, v_done.overrun,
          coalesce((select t.overrun from journal_transaction t where t.key = 'ledger:loss:' || v_ask.key and t.kind = 'charge'), 0), true);
      end if;
    elsif v_charge.number is null then
      v_answer.code := 'budget.charge-unknown';
    elsif v_ask.amount > refundable(v_charge) then
      v_answer := row(v_place, 'budget.refund-exceeds', null, refundable(v_charge), 0, 0, false);
    elsif v_ask.kind = 'write-off' and v_bearing.account_id is null then
      v_answer.code := 'budget.account-unknown';
    elsif v_bearing.unit <> v_charge.unit then
      v_answer.code := 'budget.unit-mismatch';
    else
      v_written := v_written + 1;
      v_posted := post_refund(v_batch, v_batch * 1024 + v_written, v_ask, v_charge, v_slack);
      v_slack := v_posted.slack;
      v_answer := row(v_place, null, v_batch * 1024 + v_written, 0, v_posted.overrun, 0, false);
      if v_ask.kind = 'write-off' then
        v_written := v_written + 1;
        v_posted := post_unreserved(v_batch * 1024 + v_written, v_bearing, v_slack);
        v_slack := v_posted.slack;
        v_answer.overrun := v_posted.overrun;
      end if;
    end if;
    return next v_answer;
  end loop;
  if v_written > 0 then perform seal_batch(v_batch, p_now); end if;
end $$;
