-- How the journal is written: insert transactions and entries under a new batch number, bring the balances along, seal the batch.
-- Only functions of the ledger do it.

-- What the hash covers, as PostgreSQL's binary wire form of a row: every field with its type and length, so that no two contents
-- read the same, and no setting (time zone, date style) changes it. Domains are cast to what they are made of: their own number differs from
-- one database to the next. Columns added later are not covered by these two; they get new ones.
create function headgate.transaction_bytes(t headgate.journal_transaction) returns bytea language sql stable parallel safe as $$
  select record_send(row(t.number, t.kind::text, t.key, t.account_id, t.unit::text, t.nodes, t.amount, t.returned, t.overrun, t.effective_at, t.hold_id, t.lease_id, t.mends, t.expires_at,
    t.attempt, t.final, t.person, t.by_person, t.source, t.why, t.subject, t.figure::text, t.detail))
$$;
create function headgate.entry_bytes(e headgate.journal_entry) returns bytea language sql stable parallel safe as $$
  select record_send(row(e.transaction, e.ordinal, e.from_node, e.from_pocket::text, e.to_node, e.to_pocket::text, e.amount))
$$;
create function headgate.digest(p_transactions bytea, p_entries bytea) returns bytea language sql stable parallel safe as $$
  select sha256(record_send(row(p_transactions, p_entries)))
$$;
create function headgate.chain_hash(p_previous bytea, p_position bigint, p_number bigint, p_booked_at timestamptz, p_digest bytea) returns bytea language sql stable parallel safe as $$
  select sha256(record_send(row(p_previous, p_position, p_number, p_booked_at, p_digest)))
$$;

-- Puts a batch at the end of the chain. The head is locked last, after all balances, so nobody waits in a circle, and until the commit. The journal's own time never
-- runs backwards, whatever the clocks of several servers say.
create function headgate.chain_batch(p_batch bigint, p_digest bytea, p_now timestamptz) returns void
language plpgsql volatile as $$
begin
  with head as (
    update journal_head h
    set position = h.position + 1, booked_at = greatest(p_now, h.booked_at),
      hash = chain_hash(h.hash, h.position + 1, p_batch, greatest(p_now, h.booked_at), p_digest)
    returning h.position, h.booked_at, h.hash
  )
  insert into journal_batch (number, position, booked_at, hash) select p_batch, position, booked_at, hash from head;
end $$;

-- What the entries of some transactions change on each node. Spent, held and leased count on every node of the transaction; an entry
-- between two nodes moves allocation; overrun stays where it arose.
create function headgate.balance_changes(p_first bigint, p_last bigint)
returns table (node_id integer, allocated numeric, overrun numeric, spent numeric, held numeric, leased numeric) language sql stable as $$
  select c.node_id, sum(c.allocated), sum(c.overrun), sum(c.spent), sum(c.held), sum(c.leased)
  from (
    select unnest(t.nodes) node_id, 0::bigint allocated, 0::bigint overrun,
      case 'spent' when e.to_pocket then e.amount when e.from_pocket then -e.amount else 0 end spent,
      case 'held' when e.to_pocket then e.amount when e.from_pocket then -e.amount else 0 end held,
      case 'leased' when e.to_pocket then e.amount when e.from_pocket then -e.amount else 0 end leased
    from headgate.journal_entry e join headgate.journal_transaction t on t.number = e.transaction
    where e.transaction between p_first and p_last and e.from_node = e.to_node
    union all
    select side.node_id, side.allocated, side.overrun, 0, 0, 0
    from headgate.journal_entry e
    cross join lateral (values
      (e.from_node, case when e.from_node <> e.to_node then -e.amount else 0 end, case when e.from_pocket = 'overrun' then e.amount else 0 end),
      (e.to_node, case when e.from_node <> e.to_node then e.amount else 0 end, case when e.to_pocket = 'overrun' then -e.amount else 0 end)
    ) side (node_id, allocated, overrun)
    where e.transaction between p_first and p_last and (e.from_node <> e.to_node or e.from_pocket = 'overrun' or e.to_pocket = 'overrun')
  ) c group by c.node_id
$$;

-- Ends a call: the balances follow from the entries as they stand in the journal, so no record is without its balance; then the batch is chained.
-- The caller has locked the balances in ascending order.
create function headgate.seal_batch(p_batch bigint, p_now timestamptz) returns void
language plpgsql volatile as $$
declare
  v_first bigint := p_batch * 1024;
  v_last bigint := p_batch * 1024 + 1023;
begin
  update balance b
  set allocated = b.allocated + d.allocated, overrun = b.overrun + d.overrun, spent = b.spent + d.spent, held = b.held + d.held, leased = b.leased + d.leased
  from balance_changes(v_first, v_last) d
  where b.node_id = d.node_id;
  perform chain_batch(p_batch, digest(
    (select string_agg(transaction_bytes(t), '' order by t.number) from journal_transaction t where t.number between v_first and v_last),
    (select string_agg(entry_bytes(e), '' order by e.transaction, e.ordinal) from journal_entry e where e.transaction between v_first and v_last)), p_now);
end $$;
