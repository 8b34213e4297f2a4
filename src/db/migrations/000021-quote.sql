-- Quotes: a price that is promised for a time. It says what work costs at most by the rates of the moment it was made; the reservation that uses it is made, and its
-- charges are settled, by those rates, whatever was decided about rates since.
--
-- A quote is one account's, for one use, until its time is over. Making one moves no money and reserves none; the journal tells it (kind 'quote'), and the reservation that
-- used it names it.

create table headgate.quote (
  id uuid primary key,
  account_id integer not null references headgate.account (id),
  unit text not null check (unit in ('USD', 'SU')),
  amount bigint not null check (amount between 0 and 1000000000000000),
  -- How the amount was worked out, as a hold has it, and the same in words.
  formula json not null,
  words varchar(2000) not null,
  -- Why it costs nothing, where it does not.
  free text,
  -- What it is for, as whoever priced it tells one work from another; null: a plain amount.
  work json,
  reason varchar(500) not null,
  person varchar(200) not null,
  made_at timestamptz not null,
  valid_until timestamptz not null check (valid_until > made_at and valid_until <= made_at + interval '2160 hours'),
  -- The reservation that used it.
  hold_id uuid,
  used_at timestamptz,
  check ((hold_id is null) = (used_at is null))
);
create index quote_account on headgate.quote (account_id, made_at);

-- Makes a quote; gives its id, that of the first time when this key made one before. p_asked is what tells one request from another; what it came to by the rates of the moment
-- is in p_priced.
create function headgate.make_quote(p_key text, p_id uuid, p_asked json, p_priced json, p_person text, p_source text, p_why text, p_now timestamptz) returns uuid
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_account headgate.account := account_named(p_asked ->> 'account');
  v_quote headgate.quote := json_populate_record(null::headgate.quote, p_priced);
  v_batch bigint := nextval('batch_number');
begin
  perform lock_keys(array[p_key]);
  if asked_before(p_key, p_asked, 'quote') then return (select (detail -> 'quote' ->> 'id')::uuid from journal_transaction where key = p_key); end if;
  if v_account.unit <> v_quote.unit then perform refuse('budget.unit-mismatch', v_account.name); end if;
  v_quote.id := p_id;
  v_quote.account_id := v_account.id;
  v_quote.work := p_asked -> 'work';
  v_quote.reason := p_why;
  v_quote.person := p_person;
  v_quote.made_at := p_now;
  v_quote.valid_until := p_now + make_interval(hours => 24 * (p_asked ->> 'days')::integer);
  if json_typeof(v_quote.work) = 'null' then v_quote.work := null; end if;
  insert into quote select v_quote.*;
  insert into journal_transaction (number, kind, key, account_id, unit, nodes, amount, effective_at, person, by_person, source, why, subject, detail)
  values (v_batch * 1024 + 1, 'quote', p_key, v_account.id, v_account.unit, array[v_account.id], v_quote.amount, p_now, p_person, p_person, p_source, p_why, 'quote:' || p_id,
    json_build_object('asked', p_asked, 'quote', to_json(v_quote)));
  perform seal_batch(v_batch, p_now);
  return p_id;
end $$;

-- hold_funded() for one ask that names a quote in its detail: refused where the quote is another account's, is for another amount, was used, or where its time is over; else it is decided
-- like any other, and uses the quote up when it is granted. A key keeps its answer.
create function headgate.hold_quoted(p_asks json, p_now timestamptz) returns setof headgate.hold_answer
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
declare
  v_ask headgate.hold_ask := json_populate_record(null::headgate.hold_ask, p_asks -> 0);
  v_quote headgate.quote;
  v_code text;
  v_answer headgate.hold_answer;
begin
  perform lock_keys(array[v_ask.key]);
  select * into v_quote from quote where id = (v_ask.detail ->> 'quote')::uuid for update;
  if not exists (select from journal_transaction where key = v_ask.key) and not exists (select from refusal where key = v_ask.key) then
    v_code := case
      when v_quote.id is null then 'budget.quote-unknown'
      when v_quote.account_id is distinct from (select id from account where name = v_ask.account) then 'budget.quote-other'
      when v_quote.hold_id is not null then 'budget.quote-used'
      when p_now >= v_quote.valid_until then 'budget.quote-expired'
      -- The indirect cost that its award adds comes on top of what was quoted.
      when v_ask.unit <> v_quote.unit or (v_ask.detail -> 'formula')::jsonb <> v_quote.formula::jsonb
        or v_ask.amount <> v_quote.amount and v_ask.detail -> 'indirect' is null or v_ask.amount < v_quote.amount then 'budget.quote-other'
    end;
    if v_code is not null then
      -- Kept like every refusal: a copy of the request that comes late is not granted by a server whose clock is behind.
      insert into refusal (key, account_id, person, subject, asked, request, code, level, available, at)
      select v_ask.key, a.id, v_ask.person, v_ask.subject, v_ask.amount, v_ask.detail ->> 'request', v_code, a.name, 0, p_now
      from account a where a.name = v_ask.account and a.kind <> 'outside';
      return next row(1, null, v_code, v_ask.account, 0, v_ask.amount, false, null)::hold_answer;
      return;
    end if;
  end if;
  for v_answer in select * from hold_funded(p_asks, p_now) loop
    if v_answer.code is null and not v_answer.replayed then update quote set hold_id = v_answer.hold_id, used_at = p_now where id = v_quote.id; end if;
    return next v_answer;
  end loop;
end $$;
