-- Balances as they were: what the journal has changed since is taken off what is there now. It reads what was booked after a moment, not what came before it.

-- The place in the chain of the last batch that was booked before a moment. The journal's time does not run backwards, so it is found by halving.
create function headgate.chain_before(p_at timestamptz) returns bigint
language plpgsql stable set search_path = headgate, pg_temp as $$
declare
  v_low bigint := 0;
  v_high bigint := (select position from journal_head);
  v_middle bigint;
begin
  while v_low < v_high loop
    v_middle := (v_low + v_high + 1) / 2;
    if (select booked_at < p_at from journal_batch where position = v_middle) then v_low := v_middle; else v_high := v_middle - 1; end if;
  end loop;
  return v_low;
end $$;

-- What each transaction in the batches of the chain after p_after up to p_upto changed of a node: the same as balance_changes(), one by one. Found by the accounts below the node;
-- a transfer stands under the account it came from.
create function headgate.node_moves(p_node integer, p_after bigint, p_upto bigint)
returns table (number bigint, kind text, booked_at timestamptz, hold_id uuid, allocated bigint, overrun bigint, spent bigint, held bigint, leased bigint)
language plpgsql stable set search_path = headgate, pg_temp set plan_cache_mode = force_generic_plan set jit = off
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
#variable_conflict use_column
declare
  v_account integer := coalesce((select account_id from spending_limit where id = p_node), p_node);
  v_first bigint;
  v_last bigint;
begin
  select min(number) * 1024, max(number) * 1024 + 1023 into v_first, v_last from journal_batch where position > p_after and position <= p_upto;
  return query
  select t.number, t.kind::text, b.booked_at, t.hold_id, d.allocated, d.overrun, d.spent, d.held, d.leased
  from (
    select x.number, x.kind, x.hold_id, x.nodes from account a join journal_transaction x on x.account_id = a.id and x.number between v_first and v_last
    where a.path @> array[v_account]
    union
    select x.number, x.kind, x.hold_id, x.nodes from journal_transaction x where x.kind = 'transfer' and x.number between v_first and v_last and x.nodes @> array[p_node]
  ) t
  join journal_batch b on b.number = t.number / 1024 and b.position > p_after and b.position <= p_upto
  cross join lateral (
    select coalesce(sum(case when e.from_node <> e.to_node then (e.to_node = p_node)::integer - (e.from_node = p_node)::integer else 0 end * e.amount), 0)::bigint as allocated,
      coalesce(sum(((e.from_node = p_node and e.from_pocket = 'overrun')::integer - (e.to_node = p_node and e.to_pocket = 'overrun')::integer) * e.amount), 0)::bigint as overrun,
      coalesce(sum(i.counts * ((e.to_pocket = 'spent')::integer - (e.from_pocket = 'spent')::integer) * e.amount), 0)::bigint as spent,
      coalesce(sum(i.counts * ((e.to_pocket = 'held')::integer - (e.from_pocket = 'held')::integer) * e.amount), 0)::bigint as held,
      coalesce(sum(i.counts * ((e.to_pocket = 'leased')::integer - (e.from_pocket = 'leased')::integer) * e.amount), 0)::bigint as leased
    from journal_entry e cross join lateral (select (e.from_node = e.to_node and t.nodes @> array[p_node])::integer as counts) i
    where e.transaction = t.number
  ) d
  where (d.allocated, d.overrun, d.spent, d.held, d.leased) is distinct from (0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint);
end $$;

-- The balance of a node as it was behind a place of the chain.
create function headgate.balance_behind(p_node integer, p_position bigint)
returns table (allocated bigint, overrun bigint, spent bigint, held bigint, leased bigint)
language sql stable set search_path = headgate, pg_temp as $$
  select b.allocated - coalesce(sum(m.allocated), 0)::bigint, b.overrun - coalesce(sum(m.overrun), 0)::bigint, b.spent - coalesce(sum(m.spent), 0)::bigint,
    b.held - coalesce(sum(m.held), 0)::bigint, b.leased - coalesce(sum(m.leased), 0)::bigint
  from balance b left join node_moves(p_node, p_position, (select position from journal_head)) m on true
  where b.node_id = p_node group by b.allocated, b.overrun, b.spent, b.held, b.leased
$$;
