-- charge_many(): what is paid without having been reserved: rows of a provider's bill, standing costs, overhead, costs that turn up late.
--
-- The rule: the amount goes from free to spent on the account, counts on every node of its path and on the limits for the person and the partition, and
-- posts whatever the status and the dates are. A node whose limit does not cover it gets the rest as overrun. Nothing is refused but an account that
-- is not there, another unit, and a key that was used for something else.

create type headgate.charge_ask as (
  key text, account text, unit text, amount bigint, person text, subject text, partition text, figure text, at timestamptz, note text, by_person text, source text, detail json
);
-- With a code nothing was posted. `number` is that of the transaction, by which a refund names what it mends.
create type headgate.charge_answer as (place integer, code text, number bigint, charged bigint, overrun bigint, replayed boolean);
create type headgate.charge_work as (ask headgate.charge_ask, account_id integer, unit text, nodes integer[]);

-- Posts a charge as transaction p_number.
create function headgate.post_unreserved(p_number bigint, p_work headgate.charge_work, p_slack headgate.slack) returns headgate.posted
language plpgsql volatile as $$
declare
  v_ask headgate.charge_ask := p_work.ask;
  v_posted headgate.posted := post_spending(p_number, p_work.account_id, p_work.nodes, 0, v_ask.amount, 0, p_slack);
begin
  insert into journal_transaction (number, kind, key, account_id, unit, nodes, amount, overrun, effective_at, person, by_person, source, why, subject, figure, detail)
  values (p_number, 'charge', v_ask.key, p_work.account_id, p_work.unit, p_work.nodes, v_ask.amount, v_posted.overrun, v_ask.at, v_ask.person,
    coalesce(v_ask.by_person, v_ask.person), v_ask.source, v_ask.note, v_ask.subject, v_ask.figure, v_ask.detail);
  return v_posted;
end $$;

-- Many charges in one statement, in order of arrival, one commit.
create function headgate.charge_many(p_asks json, p_now timestamptz) returns setof headgate.charge_answer
language plpgsql volatile security definer
set search_path = headgate, pg_temp set plan_cache_mode = force_generic_plan set jit = off
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  v_work headgate.charge_work[] := array(
    select row(asked.a, found.id, found.unit, nodes_of(found.path, (asked.a).person, (asked.a).partition))::headgate.charge_work
    from (select a, row_number() over () as place from json_populate_recordset(null::headgate.charge_ask, p_asks) a) asked
    left join account found on found.name = (asked.a).account and found.kind <> 'outside'
    order by asked.place);
  v_slack headgate.slack;
  v_batch bigint := nextval('batch_number');
  v_written integer := 0;
  v_one headgate.charge_work;
  v_ask headgate.charge_ask;
  v_done headgate.journal_transaction;
  v_posted headgate.posted;
  v_answer headgate.charge_answer;
begin
  perform lock_keys(array(select (w.ask).key from unnest(v_work) w));
  v_slack := lock_nodes(array(select distinct n from unnest(v_work) w cross join unnest(w.nodes) n));
  for v_place in 1 .. cardinality(v_work) loop
    v_one := v_work[v_place];
    v_ask := v_one.ask;
    v_answer := row(v_place, null, null, 0, 0, false);
    select * into v_done from journal_transaction where key = v_ask.key;
    if v_done.number is not null then
      if (v_done.kind, v_done.account_id, v_done.unit, v_done.amount, v_done.person, v_done.subject)
          is distinct from ('charge', v_one.account_id, v_ask.unit, v_ask.amount, v_ask.person, v_ask.subject) then
        v_answer.code := 'idempotency.mismatch';
      else
        v_answer := row(v_place, null, v_done.number, v_done.amount, v_done.overrun, true);
      end if;
    elsif v_one.account_id is null then
      v_answer.code := 'budget.account-unknown';
    elsif v_one.unit <> v_ask.unit then
      v_answer.code := 'budget.unit-mismatch';
    else
      v_written := v_written + 1;
      v_posted := post_unreserved(v_batch * 1024 + v_written, v_one, v_slack);
      v_slack := v_posted.slack;
      v_answer := row(v_place, null, v_batch * 1024 + v_written, v_ask.amount, v_posted.overrun, false);
    end if;
    return next v_answer;
  end loop;
  if v_written > 0 then perform seal_batch(v_batch, p_now); end if;
end $$;
