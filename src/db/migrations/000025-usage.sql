-- What was used, added up, so that a report takes as long as what it shows and not as long as the journal.
--
-- A work is who used what: the account that paid, the person, the kind of cost, partition, app and cluster. For each there are sums for stretches of three lengths:
-- months and days in UTC, and quarters of an hour, in which every time zone's days begin since 1980. The sums hold for the journal up to a place in its chain (usage_mark);
-- whoever reads adds what was booked after it, so that an answer is always exact. The chain's order is the order of the commits: what comes before a place is there.
--
-- Everything counts by date of service: a refund or a write-off on the day of the charge that it mends. `late` is the part of what was charged that was booked more than
-- three days after its service: reports made by then did not have it.

create table headgate.usage_work (
  id integer generated always as identity primary key,
  account_id integer not null,
  -- All that was used of the account and below it, by kind alone: for reports of days, whose length does not grow with how many people use something.
  whole boolean not null,
  person varchar(200) not null,
  kind text not null check (kind in ('job', 'standing', 'overhead', 'indirect', 'loss', 'other')),
  -- Empty where nothing said.
  partition text not null,
  app text not null,
  cluster text not null,
  unique (account_id, whole, person, kind, partition, app, cluster)
);

create table headgate.usage_sum (
  work_id integer not null,
  -- 1 a month, 2 a day, 3 a quarter of an hour.
  grain smallint not null check (grain in (1, 2, 3)),
  starts_at timestamptz not null,
  charges bigint not null,
  charged bigint not null,
  late bigint not null,
  refunded bigint not null,
  written_off bigint not null,
  primary key (work_id, grain, starts_at)
) with (fillfactor = 80);
create index usage_sum_time on headgate.usage_sum (grain, starts_at);

-- One row: up to which batch of the chain the sums hold.
create table headgate.usage_mark (one boolean primary key default true check (one), position bigint not null check (position >= 0));
insert into headgate.usage_mark (position) values (0);

-- What was used in the batches of the chain after p_after up to p_upto. A charge that stands beside another (indirect cost, a late fund, an advance account) takes partition, app and
-- cluster from the reservation or the charge it belongs to.
create function headgate.usage_moves(p_after bigint, p_upto bigint)
returns table (account_id integer, person varchar, kind text, partition text, app text, cluster text, at timestamptz, charges integer, charged bigint, late bigint, refunded bigint,
  written_off bigint)
language plpgsql stable set search_path = headgate, pg_temp set plan_cache_mode = force_generic_plan set jit = off
-- Batch by batch, however long the journal is.
set join_collapse_limit = 1 set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
#variable_conflict use_column
begin
  return query
  select t.account_id, t.person,
    case when c.subject like 'indirect:%' then 'indirect' when c.key like 'ledger:loss:%' then 'loss' when c.subject like 'standing:%' then 'standing'
      when c.subject like 'overhead:%' then 'overhead' when h.id is not null or c.detail ->> 'lease' is not null or c.subject like 'job:%' then 'job' else 'other' end,
    coalesce(c.detail ->> 'partition', r.detail ->> 'partition', f.detail ->> 'partition', ''), coalesce(c.detail ->> 'app', r.detail ->> 'app', f.detail ->> 'app', ''),
    coalesce(c.detail ->> 'cluster', r.detail ->> 'cluster', f.detail ->> 'cluster', ''),
    c.effective_at, (t.mends is null)::integer,
    case when t.mends is null then t.amount else 0 end,
    case when t.mends is null and b.booked_at > t.effective_at + interval '3 days' then t.amount else 0 end,
    case t.kind when 'refund' then t.amount else 0 end,
    case t.kind when 'write-off' then t.amount else 0 end
  from journal_batch b
  join journal_transaction t on t.number >= b.number * 1024 and t.number < (b.number + 1) * 1024
  left join journal_transaction m on m.number = t.mends
  cross join lateral (
    select case when t.mends is null then t.key else m.key end as key, case when t.mends is null then t.subject else m.subject end as subject,
      case when t.mends is null then t.detail else m.detail end as detail, case when t.mends is null then t.effective_at else m.effective_at end as effective_at
  ) c
  left join hold h on h.id = coalesce(t.hold_id, case when c.detail ->> 'hold' ~ '^[0-9a-f-]{36}$' then (c.detail ->> 'hold')::uuid end)
  left join journal_transaction r on r.number = h.transaction
  left join journal_transaction f on f.number = case when c.detail ->> 'of' ~ '^\d{1,18}$' then (c.detail ->> 'of')::bigint end
  where b.position > p_after and b.position <= p_upto and t.kind in ('settle', 'charge', 'refund', 'write-off') and t.amount > 0;
end $$;

-- The stretches that a moment lies in.
create function headgate.usage_stretches(p_at timestamptz) returns table (grain smallint, starts_at timestamptz) language sql stable as $$
  values (1::smallint, date_trunc('month', p_at, 'UTC')), (2::smallint, date_trunc('day', p_at, 'UTC')), (3::smallint, date_bin('15 minutes', p_at, timestamptz '2000-01-01 00:00:00Z'))
$$;

-- What many works used in some stretches (see usage.sql of the reports), read in the order of time and joined by hashing: row by row would take as long as rows times works.
create function headgate.usage_of_many(p_pieces json, p_below integer, p_whole integer[], p_own text[], p_me text)
returns table (label text, account text, unit text, person varchar, kind text, partition text, app text, cluster text, charges bigint, charged bigint, late bigint,
  refunded bigint, written_off bigint)
language sql stable set search_path = headgate, pg_temp set jit = off set enable_nestloop = off as $$
  select p.label, a.name, a.unit, w.person, w.kind, w.partition, w.app, w.cluster, p.sign * u.charges, p.sign * u.charged, p.sign * u.late, p.sign * u.refunded, p.sign * u.written_off
  from json_to_recordset(p_pieces) as p (label text, grain smallint, starts_at timestamptz, ends_at timestamptz, sign integer)
  cross join lateral (select * from usage_sum u where u.grain = p.grain and u.starts_at >= p.starts_at and u.starts_at < p.ends_at offset 0) u
  join usage_work w on w.id = u.work_id
  join account a on a.id = w.account_id
  where not w.whole and (p_below is null or a.path @> array[p_below]) and (p_whole is null or a.path && p_whole or a.name = any (p_own) and w.person = p_me)
$$;

-- Brings the sums up to date by at most p_batches batches of the journal. Gives how many it took. Several that do it at once take turns.
create function headgate.roll_up_usage(p_batches integer) returns integer
language plpgsql volatile security definer set search_path = headgate, pg_temp set jit = off as $$
declare
  v_after bigint;
  v_upto bigint;
begin
  select position into v_after from usage_mark for update;
  select least(position, v_after + p_batches) into v_upto from journal_head;
  if v_upto <= v_after then return 0; end if;
  with moves as materialized (
    select account_id, person, kind, partition, app, cluster, date_bin('15 minutes', at, timestamptz '2000-01-01 00:00:00Z') as at,
      sum(charges) as charges, sum(charged) as charged, sum(late) as late, sum(refunded) as refunded, sum(written_off) as written_off
    from usage_moves(v_after, v_upto) group by 1, 2, 3, 4, 5, 6, 7
  ), spread as materialized (
    select account_id, false as whole, person, kind, partition, app, cluster, at, charges, charged, late, refunded, written_off from moves
    union all
    select n.id, true, '', m.kind, '', '', '', m.at, sum(m.charges), sum(m.charged), sum(m.late), sum(m.refunded), sum(m.written_off)
    from moves m join account a on a.id = m.account_id cross join lateral unnest(a.path) n (id) group by n.id, m.kind, m.at
  ), added as (
    insert into usage_work (account_id, whole, person, kind, partition, app, cluster)
    select distinct account_id, whole, person, kind, partition, app, cluster from spread on conflict do nothing returning *
  ), work as (
    select * from usage_work union all select * from added
  )
  insert into usage_sum as s (work_id, grain, starts_at, charges, charged, late, refunded, written_off)
  select w.id, x.grain, x.starts_at, sum(m.charges), sum(m.charged), sum(m.late), sum(m.refunded), sum(m.written_off)
  from spread m join work w using (account_id, whole, person, kind, partition, app, cluster) cross join lateral usage_stretches(m.at) x
  group by 1, 2, 3
  on conflict (work_id, grain, starts_at) do update
  set charges = s.charges + excluded.charges, charged = s.charged + excluded.charged, late = s.late + excluded.late, refunded = s.refunded + excluded.refunded,
    written_off = s.written_off + excluded.written_off;
  update usage_mark set position = v_upto;
  return v_upto - v_after;
end $$;

-- Forgets all sums: they are made again from the journal. Until then a report goes through what is missing.
create function headgate.forget_usage() returns void
language plpgsql volatile security definer set search_path = headgate, pg_temp as $$
begin
  perform from usage_mark for update;
  delete from usage_sum;
  delete from usage_work;
  update usage_mark set position = 0;
end $$;
