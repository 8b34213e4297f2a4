-- Refund policy: what share of a charge is given back when the work ended in a state that was not the user's doing, such as NODE_FAIL.
--
-- A rule is an account's, for one end state, in force for work that ends from the moment it was set on; it is appended, and told by the journal (kind 'policy'). The
-- nearest account on the path that has a rule for the state decides; a rule without a share lets the accounts above decide again.
--
-- The rule of posting: a charge that says how its work ended, and for which a rule gives a share back, is followed by a refund of that share of it, half-even, in the
-- same transaction, under a key made of its own; its indirect cost likewise. The charge stays as it is. What was posted before refunds nothing again, whatever was
-- decided since.

create table headgate.refund_rule (
  account_id integer not null references headgate.account (id),
  ordinal integer not null check (ordinal > 0),
  -- Slurm's words for how a job ends, and that a spot machine was taken away.
  state text not null check (state in ('COMPLETED', 'FAILED', 'CANCELLED', 'TIMEOUT', 'OUT_OF_MEMORY', 'NODE_FAIL', 'BOOT_FAIL', 'PREEMPTED', 'DEADLINE', 'SPOT_INTERRUPTED')),
  -- Millionths of the charge. Null: the accounts above decide.
  share integer check (share between 0 and 1000000),
  since timestamptz not null,
  reason varchar(500) not null check (reason <> ''),
  person varchar(200) not null,
  primary key (account_id, ordinal)
);
create trigger append_only before update or delete or truncate on headgate.refund_rule for each statement execute function headgate.refuse_change();

-- Sets a rule from now on. True when it was done now, false when by this key before.
create function headgate.set_refund_rule(p_key text, p_asked json, p_person text, p_source text, p_why text, p_now timestamptz) returns boolean
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_account headgate.account := account_named(p_asked ->> 'account');
  v_rule headgate.refund_rule;
  v_batch bigint := nextval('batch_number');
begin
  perform lock_keys(array[p_key, 'refund-policy:' || v_account.name]);
  if asked_before(p_key, p_asked, 'policy') then return false; end if;
  v_rule := row(v_account.id, 1 + coalesce((select max(ordinal) from refund_rule where account_id = v_account.id), 0), p_asked ->> 'state',
    (p_asked ->> 'share')::integer, greatest(p_now, (select max(since) from refund_rule where account_id = v_account.id)), p_why, p_person);
  insert into refund_rule select v_rule.*;
  insert into journal_transaction (number, kind, key, account_id, unit, nodes, amount, effective_at, person, by_person, source, why, subject, detail)
  values (v_batch * 1024 + 1, 'policy', p_key, v_account.id, v_account.unit, array[v_account.id], 0, p_now, p_person, p_person, p_source, p_why, 'refund-policy',
    json_build_object('asked', p_asked, 'rule', to_json(v_rule)));
  perform seal_batch(v_batch, p_now);
  return true;
end $$;

-- The rule that decides for an account, an end state and the moment when the work ended; all null where none does.
create function headgate.refund_rule_of(p_account_id integer, p_state text, p_at timestamptz) returns headgate.refund_rule
language plpgsql volatile as $$
declare
  v_rule headgate.refund_rule;
begin
  select r.* into v_rule
  from account a cross join unnest(a.path) with ordinality n (id, depth)
  cross join lateral (select * from refund_rule d where d.account_id = n.id and d.state = p_state and d.since <= p_at order by d.ordinal desc limit 1) r
  where a.id = p_account_id and r.share is not null
  order by n.depth desc limit 1;
  return v_rule;
end $$;

create function headgate.refund_key(p_key text) returns text language sql immutable as $$
  select case when char_length(p_key) <= 291 then 'refunded:' || p_key else 'refunded:' || encode(sha256(p_key::bytea), 'hex') end
$$;

-- What a charge is posted as: to where it was addressed, to a late fund, to an advance account, and the indirect cost it brought.
create function headgate.charges_under(p_key text) returns setof headgate.journal_transaction language sql volatile as $$
  select * from headgate.journal_transaction where key = any (array[p_key, headgate.late_key(p_key), headgate.indirect_key(p_key), headgate.advance_key(p_key)]) and kind in ('settle', 'charge') order by number
$$;

-- What was given back of a charge by policy, without what was of its indirect cost.
create function headgate.refunded_of(p_key text) returns bigint language sql volatile as $$
  select coalesce(sum(amount), 0)::bigint from headgate.journal_transaction
  where key = any (array[headgate.refund_key(p_key), headgate.refund_key(headgate.late_key(p_key)), headgate.refund_key(headgate.advance_key(p_key))]) and kind = 'refund'
$$;

-- The account that the work was for, whose rules decide: what a late fund, an advance account or one of several funds pays is given back as that account decided.
create function headgate.work_account(p_charge headgate.journal_transaction) returns integer language sql stable as $$
  select coalesce(
    (select a.id from headgate.account a where a.name = coalesce((
      select coalesce(t.detail #>> '{funds,of}', t.detail #>> '{fund,of}') from headgate.hold h join headgate.journal_transaction t on t.number = h.transaction
      where h.id = coalesce(p_charge.hold_id, (p_charge.detail ->> 'hold')::uuid)), p_charge.detail ->> 'addressed')),
    p_charge.account_id)
$$;

-- The end states of which anything may be given back. What is given back is free for the next cost of the same call, as for one that comes in a call of its own.
create function headgate.refunded_states() returns text[] language sql stable as $$
  select array(select distinct state from headgate.refund_rule where share > 0)
$$;

-- Gives back of a charge that was posted just now, and of its indirect cost, what the rule for its end state says. The caller holds the locks of its balances.
create function headgate.refund_by_rule(p_key text, p_state text, p_now timestamptz) returns void
language plpgsql volatile as $$
declare
  v_charge headgate.journal_transaction;
  v_rule headgate.refund_rule;
  v_asks json;
begin
  select * into v_charge from charges_under(p_key) limit 1;
  v_rule := refund_rule_of(work_account(v_charge), p_state, v_charge.effective_at);
  select json_agg(json_build_object('key', refund_key(c.key), 'kind', 'refund', 'mends', c.number, 'amount', part_of(c.amount, v_rule.share), 'at', c.effective_at,
      'note', left(format('ended as %s, of which %s gives back %s%%: %s', p_state, (select name from account where id = v_rule.account_id),
        trim_scale(v_rule.share / 10000.0), v_rule.reason), 500),
      'approver', v_rule.person, 'by_person', 'headgate', 'source', c.source,
      'rule', json_build_object('account', v_rule.account_id, 'ordinal', v_rule.ordinal, 'state', p_state, 'share', v_rule.share)) order by c.number)
  into v_asks from charges_under(p_key) c where part_of(c.amount, v_rule.share) > 0;
  if v_asks is not null then perform adjust_many(v_asks, p_now); end if;
end $$;

-- The answers to settlements, with what policy gave back of each: now, or when it was posted the first time. Runs when the settlements are sealed: from then on the head
-- of the journal is locked, so a rule that is older in the journal is seen, and no other.
create function headgate.refund_settled(p_asks json, p_answers headgate.settle_answer[], p_now timestamptz) returns setof headgate.settle_answer
language plpgsql volatile as $$
declare
  v_ask record;
  v_answer headgate.settle_answer;
begin
  if not exists (select from refund_rule) then
    return query select * from unnest(p_answers);
    return;
  end if;
  for v_ask in select a.key, a.end_state, a.ordinality as place from rows from (json_populate_recordset(null::headgate.settle_ask, p_asks)) with ordinality a order by 3 loop
    v_answer := p_answers[v_ask.place];
    if v_answer.code is null and v_ask.end_state is not null then
      if not v_answer.replayed then perform refund_by_rule(v_ask.key, v_ask.end_state, p_now); end if;
      v_answer.refunded := refunded_of(v_ask.key);
    end if;
    return next v_answer;
  end loop;
end $$;

-- The same for charges without a reservation, which have their end state in their detail.
create function headgate.refund_charged(p_asks json, p_answers headgate.charge_answer[], p_now timestamptz) returns void
language plpgsql volatile as $$
begin
  if not exists (select from refund_rule) then return; end if;
  perform refund_by_rule(a.key, a.detail ->> 'end_state', p_now)
  from rows from (json_populate_recordset(null::headgate.charge_ask, p_asks)) with ordinality a
  where a.detail ->> 'end_state' is not null and (p_answers[a.ordinality]).code is null and not (p_answers[a.ordinality]).replayed;
end $$;
