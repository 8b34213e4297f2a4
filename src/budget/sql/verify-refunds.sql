-- Each refund rule is what was decided, each refund by a rule is the share that it says, and each charge whose end state has a rule was refunded as that says.
with rules as materialized (
  select r.*, t.detail, t.number, b.position
  from headgate.refund_rule r
  left join headgate.journal_transaction t on t.kind = 'policy' and t.account_id = r.account_id and t.subject = 'refund-policy' and (t.detail -> 'rule' ->> 'ordinal')::integer = r.ordinal
  left join headgate.journal_batch b on b.number = t.number / 1024
), called_for as (
  -- By the rules that were in the journal before the charge: what the end state, and the moment when the work ended, call for.
  select t.number, t.key, (
    select r.share
    from headgate.account a cross join unnest(a.path) with ordinality n (id, depth)
    cross join lateral (
      select d.share from rules d where d.account_id = n.id and d.state = t.detail ->> 'end_state' and d.since <= t.effective_at and d.position < b.position
      order by d.ordinal desc limit 1
    ) r
    where a.id = headgate.work_account(t) and r.share is not null
    order by n.depth desc limit 1
  ) as share
  from headgate.journal_transaction t join headgate.journal_batch b on b.number = t.number / 1024
  where t.kind in ('settle', 'charge') and t.detail ->> 'end_state' in (select r.state from rules r where r.share > 0)
), judged as (
  select 'refund rule ' || r.ordinal || ' of account ' || r.account_id as name, case
    when r.number is null then 'was never decided'
    when to_jsonb(row(r.account_id, r.ordinal, r.state, r.share, r.since, r.reason, r.person)::headgate.refund_rule) is distinct from (r.detail -> 'rule')::jsonb
      then 'differs from what was decided'
  end as fault
  from rules r
  union all
  select 'transaction ' || t.number, 'decided a refund rule that is not there'
  from headgate.journal_transaction t
  where t.kind = 'policy' and t.subject = 'refund-policy' and not exists (select from rules r where r.number = t.number)
  union all
  select 'transaction ' || t.number, case
    when r.ordinal is null then 'refunds by a rule that is not there'
    when t.amount is distinct from headgate.part_of(m.amount, r.share) then 'refunds another share than its rule says'
    when t.key <> headgate.refund_key(m.key) then 'refunds under a key that is not its charge''s'
  end
  from headgate.journal_transaction t
  join headgate.journal_transaction m on m.number = t.mends
  left join rules r on r.account_id = (t.detail -> 'rule' ->> 'account')::integer and r.ordinal = (t.detail -> 'rule' ->> 'ordinal')::integer
    and r.state = t.detail -> 'rule' ->> 'state'
  where t.kind = 'refund' and t.detail -> 'rule' is not null
  union all
  select 'transaction ' || c.number, case when not exists (
      select from headgate.journal_transaction r where r.key = headgate.refund_key(c.key) and r.mends = c.number and r.amount = headgate.part_of(c.amount, f.share))
    then 'was not refunded as the rule for its end state says' end
  from called_for f cross join lateral headgate.charges_under(f.key) c
  where f.share > 0 and headgate.part_of(c.amount, f.share) > 0
)
select count(*) as checked, coalesce((array_agg(name || ' ' || fault order by name) filter (where fault is not null))[1:100], '{}') as faults from judged
