-- Each account is what the journal says it was opened as, with the status and the dates that were decided last; each limit inside one is one that was set.
with opened as (
  select distinct on (t.account_id) t.* from headgate.journal_transaction t where t.kind = 'open' order by t.account_id, t.number
), decided as (
  select distinct on (t.account_id) t.* from headgate.journal_transaction t where t.kind in ('open', 'status') order by t.account_id, (select b.position from headgate.journal_batch b where b.number = t.number / 1024) desc, t.number desc
), reserved as (
  select distinct on (t.account_id) t.account_id, nullif(t.detail -> 'asked' ->> 'reserve_at', 'inherit') as at from headgate.journal_transaction t
  where t.kind = 'status' and t.detail -> 'asked' ->> 'reserve_at' is not null
  order by t.account_id, (select b.position from headgate.journal_batch b where b.number = t.number / 1024) desc, t.number desc
), judged as (
  select a.id, a.name, case
    when o.number is null then 'was never opened'
    when (a.name, a.title, a.kind, p.name, a.unit, a.slurm_account) is distinct from
      (o.subject, o.detail ->> 'title', o.detail ->> 'kind', o.detail ->> 'parent', o.detail ->> 'unit', o.detail ->> 'slurm_account') then 'differs from how it was opened'
    when a.path is distinct from coalesce(p.path, '{}') || a.id or a.path is distinct from o.nodes then 'has a path that is not its parent''s and itself'
    when b.node_id is null then 'has no balance'
    when b.unit <> a.unit then 'has a balance in another unit'
    when (b.status, extract(epoch from b.starts_at), extract(epoch from b.ends_at)) is distinct from
      (coalesce(d.detail ->> 'status', 'open'), (d.detail ->> 'starts_at')::numeric, (d.detail ->> 'ends_at')::numeric) then 'has another status or other dates than were decided'
    when a.reserve_at is distinct from r.at then 'reserves money for jobs at another time than was decided'
  end as fault
  from headgate.account a
  left join headgate.account p on p.id = a.parent_id
  left join headgate.balance b on b.node_id = a.id
  left join opened o on o.account_id = a.id
  left join decided d on d.account_id = a.id
  left join reserved r on r.account_id = a.id
  where a.kind <> 'outside'
  union all
  select l.id, headgate.node_name(l.id), case
    when not exists (
      select from headgate.journal_transaction t
      where t.kind = 'limit' and t.account_id = l.account_id and t.nodes = array[l.id] and (t.detail ->> 'scope', t.detail ->> 'subject') = (l.scope, l.subject)
    ) then 'was never set'
    when b.node_id is null then 'has no balance'
    when (b.status, b.starts_at, b.ends_at) is distinct from ('open', null::timestamptz, null::timestamptz) then 'has a status or dates that nobody decided'
  end
  from headgate.spending_limit l left join headgate.balance b on b.node_id = l.id
)
select count(*) as checked, coalesce((array_agg('account ' || name || ' ' || fault order by id) filter (where fault is not null))[1:100], '{}') as faults from judged
