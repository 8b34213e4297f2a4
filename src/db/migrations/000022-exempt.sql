-- Exemptions and break-glass: one person whose work on an account, and on all below it, is let in when the money is not there.
--
-- The rule: a new reservation that would be refused because there is too little, or because of overrun, is granted with a reservation of exactly 0. So what
-- is committed still never exceeds what is allocated; what the work costs posts in full, and what no limit covers is overrun, explicitly. What is frozen,
-- closed, not started, ended or ends too early refuses as ever, and so does everything for standing costs, which are nobody's work. An exemption may be without
-- end; break-glass ends at most 72 hours after its start. Giving and withdrawing are decisions that the journal tells, each use stands in the detail of
-- its reservation. Only where refusals are decided is any of this looked at. An account that is paid from several funds has no exemptions: whose
-- overrun it would be is not said.

create table headgate.exemption (
  -- The number of the transaction that gave it.
  id bigint primary key,
  kind text not null check (kind in ('exemption', 'break-glass')),
  account_id integer not null references headgate.account (id),
  person text not null check (char_length(person) between 1 and 200),
  starts_at timestamptz not null,
  ends_at timestamptz check (ends_at > starts_at),
  reason text not null check (char_length(reason) between 1 and 500),
  approver text not null check (char_length(approver) between 1 and 200),
  given_by text not null,
  withdrawn_at timestamptz,
  withdrawn_by text,
  withdrawn_why text,
  constraint break_glass_expires check (kind = 'exemption' or ends_at is not null and ends_at <= starts_at + interval '72 hours'),
  check ((withdrawn_at is null) = (withdrawn_by is null) and (withdrawn_at is null) = (withdrawn_why is null))
);
create index exemption_person on headgate.exemption (person) where withdrawn_at is null;

-- Each reservation that was granted by an exemption, with what was asked.
create table headgate.exemption_use (
  hold_id uuid primary key,
  exemption bigint not null references headgate.exemption (id),
  transaction bigint not null,
  asked bigint not null check (asked > 0)
);
create index exemption_use_exemption on headgate.exemption_use (exemption, transaction);

-- The exemption that stands now for a person's work on these nodes: a lasting one before break-glass, then the nearest to the work.
create function headgate.exemption_for(p_person text, p_nodes integer[], p_now timestamptz) returns headgate.exemption
language plpgsql stable as $$
declare
  v_exemption headgate.exemption;
begin
  select e.* into v_exemption from exemption e
  where e.person = p_person and e.account_id = any (p_nodes) and e.withdrawn_at is null and e.starts_at <= p_now and (e.ends_at is null or p_now < e.ends_at)
  order by e.kind = 'break-glass', e.account_id desc, e.id limit 1;
  return v_exemption;
end $$;

-- What no exemption lifts, as an answer to an ask; null when there is nothing.
create function headgate.barred(w headgate.hold_work, p_now timestamptz) returns headgate.hold_answer
language plpgsql stable as $$
declare
  v_answer headgate.hold_answer;
begin
  select w.place, null, coalesce(nullif(block_of(b, p_now), 'budget.overrun'), 'budget.crosses-end'), node_name(b.node_id), 0, w.amount, false, null into v_answer
  from balance b
  where b.node_id = any (w.nodes) and (block_of(b, p_now) <> 'budget.overrun' or b.ends_at < w.until)
  order by coalesce(block_of(b, p_now), 'budget.overrun') = 'budget.overrun', b.node_id limit 1;
  if not found then return null; end if;
  return v_answer;
end $$;

-- The answers to asks with what exemptions make of refusals. A refusal that was given before stays.
create function headgate.exempt_holds(p_work headgate.hold_work[], p_answers headgate.hold_answer[], p_now timestamptz) returns headgate.hold_answer[]
language plpgsql volatile as $$
declare
  v_first integer[];
  v_ask headgate.hold_work;
  v_other headgate.hold_work;
  v_answer headgate.hold_answer;
  v_barred headgate.hold_answer;
  v_exemption headgate.exemption;
begin
  if not exists (select from exemption where withdrawn_at is null) then return p_answers; end if;
  v_first := array(select min(w.place) over (partition by w.key) from unnest(p_work) w order by w.place);
  foreach v_ask in array p_work loop
    v_answer := p_answers[v_ask.place];
    continue when v_answer.code is null or v_answer.code not in ('budget.insufficient', 'budget.overrun');
    v_other := p_work[v_first[v_ask.place]];
    if v_other.place < v_ask.place then
      -- The same key earlier in this call: the same answer.
      if (v_other.account_id, v_other.amount, v_other.person, v_other.subject, v_other.detail ->> 'request')
          is distinct from (v_ask.account_id, v_ask.amount, v_ask.person, v_ask.subject, v_ask.detail ->> 'request') then
        v_answer := row(v_ask.place, null, 'idempotency.mismatch', v_ask.account, 0, v_ask.amount, false, null);
      else
        v_answer := p_answers[v_other.place];
        v_answer.place := v_ask.place;
        v_answer.replayed := true;
      end if;
    elsif not v_answer.replayed and v_ask.amount > 0 and v_ask.subject not like 'standing:%' then
      v_exemption := exemption_for(v_ask.person, v_ask.nodes, p_now);
      v_barred := case when v_exemption.id is null then null else barred(v_ask, p_now) end;
      if v_barred.code is not null then
        v_answer := v_barred;
      elsif v_exemption.id is not null then
        v_answer := row(v_ask.place, v_ask.id, null, v_ask.account, null, 0, false, json_build_object('exemption', v_exemption.id::text, 'kind', v_exemption.kind,
          'reason', v_exemption.reason, 'approver', v_exemption.approver, 'until', v_exemption.ends_at, 'asked', v_ask.amount::text, 'code', v_answer.code, 'level', v_answer.account));
      end if;
    end if;
    p_answers[v_ask.place] := v_answer;
  end loop;
  return p_answers;
end $$;

-- A granted ask as it is written: by an exemption with nothing reserved, and marked.
create function headgate.as_granted(w headgate.hold_work, p_answer headgate.hold_answer) returns headgate.hold_work
language plpgsql immutable as $$
begin
  if p_answer.exempt is null then return w; end if;
  w.amount := 0;
  w.detail := (coalesce(w.detail::jsonb, '{}') || jsonb_build_object('exempt', p_answer.exempt::jsonb))::json;
  return w;
end $$;

-- Notes the uses that were written as transactions of a batch in the order of p_granted.
create function headgate.note_uses(p_batch bigint, p_granted headgate.hold_work[]) returns void
language sql volatile as $$
  insert into headgate.exemption_use (hold_id, exemption, transaction, asked)
  select w.id, (w.detail -> 'exempt' ->> 'exemption')::bigint, p_batch * 1024 + w.ordinality, (w.detail -> 'exempt' ->> 'asked')::bigint
  from unnest(p_granted) with ordinality w where w.detail -> 'exempt' is not null
$$;

create function headgate.exemption_key(p_kind text, p_account text, p_exempted text) returns text language sql immutable as $$
  select p_kind || ':' || p_account || ':' || p_exempted
$$;

-- Gives an exemption. Of one kind a person has one at a time on an account. True when it was done now, false when by this key before.
create function headgate.grant_exemption(p_key text, p_asked json, p_person text, p_source text, p_now timestamptz) returns boolean
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_account headgate.account := account_named(p_asked ->> 'account');
  v_new headgate.exemption := json_populate_record(null::headgate.exemption, p_asked);
  v_batch bigint := nextval('batch_number');
begin
  perform lock_keys(array[p_key, exemption_key(v_new.kind, v_account.name, v_new.person)]);
  if asked_before(p_key, p_asked, 'policy') then return false; end if;
  v_new.id := v_batch * 1024 + 1;
  v_new.account_id := v_account.id;
  v_new.given_by := p_person;
  v_new.starts_at := coalesce(v_new.starts_at, p_now);
  v_new.ends_at := coalesce(v_new.ends_at, v_new.starts_at + make_interval(hours => (p_asked ->> 'hours')::integer));
  if v_new.ends_at <= greatest(v_new.starts_at, p_now) or v_new.kind = 'break-glass' and (v_new.ends_at is null or v_new.ends_at > v_new.starts_at + interval '72 hours') then
    perform refuse('budget.exemption-span', v_account.name);
  end if;
  if exists (select from exemption e where (e.kind, e.account_id, e.person) = (v_new.kind, v_account.id, v_new.person) and e.withdrawn_at is null
      and (e.ends_at is null or p_now < e.ends_at)) then
    perform refuse('budget.exemption-exists', v_account.name);
  end if;
  insert into exemption select v_new.*;
  insert into journal_transaction (number, kind, key, account_id, unit, nodes, amount, effective_at, person, by_person, source, why, subject, detail)
  values (v_new.id, 'policy', p_key, v_account.id, v_account.unit, array[v_account.id], 0, p_now, v_new.person, p_person, p_source, v_new.reason,
    v_new.kind || ':' || v_new.person, json_build_object('asked', p_asked, 'starts_at', extract(epoch from v_new.starts_at), 'ends_at', extract(epoch from v_new.ends_at)));
  perform seal_batch(v_batch, p_now);
  return true;
end $$;

-- Withdraws the exemption that a person has or will have on an account. True when it was done now, false when by this key before.
create function headgate.withdraw_exemption(p_key text, p_kind text, p_account text, p_exempted text, p_person text, p_source text, p_why text, p_now timestamptz)
returns boolean
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_account headgate.account := account_named(p_account);
  v_asked json := json_build_object('withdraw', p_kind, 'account', p_account, 'person', p_exempted);
  v_id bigint;
  v_batch bigint := nextval('batch_number');
begin
  perform lock_keys(array[p_key, exemption_key(p_kind, p_account, p_exempted)]);
  if asked_before(p_key, v_asked, 'policy') then return false; end if;
  update exemption set withdrawn_at = p_now, withdrawn_by = p_person, withdrawn_why = p_why
  where (kind, account_id, person) = (p_kind, v_account.id, p_exempted) and withdrawn_at is null and (ends_at is null or p_now < ends_at) returning id into v_id;
  if v_id is null then perform refuse('budget.exemption-unknown', p_account); end if;
  insert into journal_transaction (number, kind, key, account_id, unit, nodes, amount, effective_at, person, by_person, source, why, subject, detail)
  values (v_batch * 1024 + 1, 'policy', p_key, v_account.id, v_account.unit, array[v_account.id], 0, p_now, p_exempted, p_person, p_source, p_why, p_kind || ':' || p_exempted,
    json_build_object('asked', v_asked, 'exemption', v_id::text));
  perform seal_batch(v_batch, p_now);
  return true;
end $$;
