-- Facilities and administration: what an institution adds to the direct cost of an award, by the class of the charge (compute, storage, cloud).
--
-- A rate is an award's own, because the rate of the agreement in force when it was made holds for its life (2 CFR 200, appendix III, C.7), and a change is
-- somebody's decision: dated, approved, appended, and told by the journal. That a class is exempt is said with its reason; a class nobody decided about has
-- no rate, which is another thing.

create table headgate.award_indirect (
  award text not null references headgate.award (number),
  ordinal integer not null check (ordinal > 0),
  class text not null check (class ~ '^[a-z][a-z0-9_.-]{0,62}$'),
  -- Millionths of the direct cost.
  rate integer not null check (rate between 0 and 5000000),
  -- Why nothing is added: said exactly when the rate is 0.
  exempt text check (char_length(exempt) between 1 and 200),
  dated date not null,
  agreement text not null check (char_length(agreement) between 1 and 200),
  approver text not null check (char_length(approver) between 1 and 200),
  primary key (award, ordinal),
  check ((rate = 0) = (exempt is not null))
);
create trigger append_only before update or delete or truncate on headgate.award_indirect for each statement execute function headgate.refuse_change();

-- Sets the rate of a class of an award's charges from a day on. True when it was done now, false when by this key before.
create function headgate.set_indirect(p_key text, p_award text, p_rate json, p_person text, p_source text, p_why text, p_now timestamptz) returns boolean
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_asked json := json_build_object('award', p_award, 'indirect', p_rate);
  v_award headgate.award;
  v_account headgate.account;
  v_rate headgate.award_indirect := json_populate_record(null::headgate.award_indirect, p_rate);
  v_batch bigint := nextval('batch_number');
begin
  perform lock_keys(array['award:' || p_award]);
  if asked_before(p_key, v_asked) then return false; end if;
  v_award := award_numbered(p_award);
  select * into v_account from account where id = v_award.account_id;
  v_rate.award := p_award;
  v_rate.ordinal := 1 + coalesce((select max(ordinal) from award_indirect where award = p_award), 0);
  insert into award_indirect select v_rate.*;
  insert into journal_transaction (number, kind, key, account_id, unit, nodes, amount, effective_at, person, by_person, source, why, subject, detail)
  values (v_batch * 1024 + 1, 'award', p_key, v_account.id, v_account.unit, array[v_account.id], 0, p_now, p_person, p_person, p_source, p_why, 'award:' || p_award,
    json_build_object('asked', v_asked, 'indirect', to_json(v_rate)));
  perform seal_batch(v_batch, p_now);
  return true;
end $$;

-- The rate for a class of an account's charges on a day: of the nearest award, the last that was dated by then.
create function headgate.indirect_of(p_account_id integer, p_class text, p_at timestamptz) returns headgate.award_indirect
language plpgsql volatile as $$
declare
  v_rate headgate.award_indirect;
begin
  select i.* into v_rate from award_indirect i
  where i.class = p_class and i.dated <= (p_at at time zone 'UTC')::date
    and i.award = (select w.number from account a join award w on w.account_id = any (a.path) where a.id = p_account_id order by w.account_id desc limit 1)
  order by i.dated desc, i.ordinal desc limit 1;
  return v_rate;
end $$;

-- A part of an amount in millionths, half-even: the one rounding of every charge.
create function headgate.part_of(p_amount bigint, p_rate integer) returns bigint language sql immutable as $$
  select (q + (case when r > 500000 or r = 500000 and mod(q, 2) = 1 then 1 else 0 end))::bigint
  from (select div(x, 1000000) q, mod(x, 1000000) r from (select p_amount::numeric * p_rate x) whole) divided
$$;

create function headgate.indirect_key(p_key text) returns text language sql immutable as $$
  select case when char_length(p_key) <= 291 then 'indirect:' || p_key else 'indirect:' || encode(sha256(p_key::bytea), 'hex') end
$$;
