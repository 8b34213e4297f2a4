-- Standing costs: what costs money each day whether or not anything runs. Adding one and ending one are decisions that the journal tells; each day is charged under a key
-- that names it, `standing:<name>:<day>`, so that a day is charged once whoever charges it and however often.

-- Both give true when it was done now, false when by this key before.
create function headgate.add_standing(p_key text, p_cost json, p_person text, p_source text, p_why text, p_now timestamptz) returns boolean
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_cost headgate.standing_cost := json_populate_record(null::headgate.standing_cost, p_cost);
  v_account headgate.account := account_named(p_cost ->> 'account');
  v_batch bigint := nextval('batch_number');
begin
  perform lock_keys(array[p_key, 'standing:' || v_cost.name]);
  if asked_before(p_key, p_cost, 'standing') then return false; end if;
  if v_account.unit <> p_cost ->> 'unit' then perform refuse('budget.unit-mismatch', v_account.name); end if;
  if exists (select from standing_cost where name = v_cost.name) then perform refuse('budget.standing-exists', v_cost.name); end if;
  insert into standing_cost (name, account_id, per_day, formula, source, person, starts_on, ends_on, accrued_to)
  values (v_cost.name, v_account.id, v_cost.per_day, v_cost.formula, v_cost.source, p_person, v_cost.starts_on, v_cost.ends_on, v_cost.starts_on - 1);
  insert into journal_transaction (number, kind, key, account_id, unit, nodes, amount, effective_at, person, by_person, source, why, subject, detail)
  values (v_batch * 1024 + 1, 'standing', p_key, v_account.id, v_account.unit, array[v_account.id], 0, p_now, p_person, p_person, p_source, p_why, 'standing:' || v_cost.name,
    json_build_object('asked', p_cost));
  perform seal_batch(v_batch, p_now);
  return true;
end $$;

create function headgate.end_standing(p_key text, p_name text, p_ends_on date, p_person text, p_source text, p_why text, p_now timestamptz) returns boolean
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_asked json := json_build_object('name', p_name, 'ends_on', p_ends_on);
  v_cost headgate.standing_cost;
  v_account headgate.account;
  v_batch bigint := nextval('batch_number');
begin
  perform lock_keys(array[p_key, 'standing:' || p_name]);
  if asked_before(p_key, v_asked, 'standing') then return false; end if;
  select * into v_cost from standing_cost where name = p_name;
  if not found then perform refuse('budget.standing-unknown', p_name); end if;
  -- What is charged is charged; a day too many is refunded like any other charge.
  if p_ends_on < v_cost.accrued_to then perform refuse('budget.standing-charged', p_name); end if;
  select * into v_account from account where id = v_cost.account_id;
  update standing_cost set ends_on = p_ends_on where name = p_name;
  insert into journal_transaction (number, kind, key, account_id, unit, nodes, amount, effective_at, person, by_person, source, why, subject, detail)
  values (v_batch * 1024 + 1, 'standing', p_key, v_account.id, v_account.unit, array[v_account.id], 0, p_now, p_person, p_person, p_source, p_why, 'standing:' || p_name,
    json_build_object('asked', v_asked));
  perform seal_batch(v_batch, p_now);
  return true;
end $$;

-- Notes how far a cost is charged and what is reserved for it; the money has moved by then. Never back: two workers may note at the same time.
create function headgate.note_standing(p_name text, p_accrued_to date, p_hold_id uuid, p_held_to date) returns void
language sql volatile security definer set search_path = headgate, pg_temp as $$
  update standing_cost set accrued_to = greatest(accrued_to, p_accrued_to), hold_id = p_hold_id, held_to = p_held_to where name = p_name and accrued_to <= p_accrued_to
$$;
