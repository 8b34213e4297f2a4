-- Adds up what the journal says was used, up to where the sums of usage hold, and compares stretch by stretch.
with mark as (select position from headgate.usage_mark), moves as materialized (
  select m.* from mark cross join lateral headgate.usage_moves(0, mark.position) m
), added as (
  select m.account_id, m.person, m.kind, m.partition, m.app, m.cluster, x.grain, x.starts_at, sum(m.charges) as charges, sum(m.charged) as charged, sum(m.late) as late,
    sum(m.refunded) as refunded, sum(m.written_off) as written_off
  from moves m cross join lateral headgate.usage_stretches(m.at) x
  group by 1, 2, 3, 4, 5, 6, 7, 8
), kept as (
  select w.account_id, w.person, w.kind, w.partition, w.app, w.cluster, s.grain, s.starts_at, s.charges, s.charged, s.late, s.refunded, s.written_off
  from headgate.usage_sum s left join headgate.usage_work w on w.id = s.work_id where w.whole is distinct from true
), whole as (
  select n.id as account_id, k.kind, k.grain, k.starts_at, sum(k.charges) as charges, sum(k.charged) as charged, sum(k.late) as late, sum(k.refunded) as refunded, sum(k.written_off) as written_off
  from kept k join headgate.account a on a.id = k.account_id cross join lateral unnest(a.path) n (id) group by 1, 2, 3, 4
), kept_whole as (
  select w.account_id, w.kind, s.* from headgate.usage_work w join headgate.usage_sum s on s.work_id = w.id where w.whole and (w.person, w.partition, w.app, w.cluster) = ('', '', '', '')
), judged as (
  select coalesce(a.grain, k.grain) as grain, coalesce(a.starts_at, k.starts_at) as starts_at, coalesce(a.account_id, k.account_id) as account_id, coalesce(a.person, k.person) as person,
    (a.charges, a.charged, a.late, a.refunded, a.written_off) is distinct from (k.charges::numeric, k.charged::numeric, k.late::numeric, k.refunded::numeric, k.written_off::numeric) as differs
  from added a full join kept k using (account_id, person, kind, partition, app, cluster, grain, starts_at)
  union all
  select coalesce(a.grain, k.grain), coalesce(a.starts_at, k.starts_at), coalesce(a.account_id, k.account_id), 'everybody',
    (a.charges, a.charged, a.late, a.refunded, a.written_off) is distinct from (k.charges::numeric, k.charged::numeric, k.late::numeric, k.refunded::numeric, k.written_off::numeric)
  from whole a full join kept_whole k using (account_id, kind, grain, starts_at)
)
select (select count(*) from moves) as checked,
  (select coalesce((array_agg(fault))[1:100], '{}') from (
    select format('the sum of usage of %s by %s in the %s from %s is not what the journal says', coalesce(headgate.node_name(account_id), 'no account'), person, (array['month', 'day', 'quarter of an hour'])[grain], starts_at at time zone 'UTC') as fault
    from judged where differs order by 1
    ) f) || case
    when (select count(*) from headgate.usage_mark) <> 1 then array['the sums of usage do not say how far they go']
    when (select m.position > h.position from headgate.usage_mark m, headgate.journal_head h) then array['the sums of usage go further than the journal']
    else '{}' end as faults
