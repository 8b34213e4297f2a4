-- Approved rates, rules of recharging and costs are what the journal was told, and nothing else.
with told as (
  select t.subject as kind, t.detail -> 'row' as row from headgate.journal_transaction t where t.kind = 'policy' and t.subject in ('rate', 'recharge', 'recharge-cost')
), kept as (
  select 'rate' as kind, to_jsonb(r) as row from headgate.rate r where r.key is not null
  union all select 'recharge', to_jsonb(p) from headgate.recharge_policy p
  union all select 'recharge-cost', to_jsonb(c) from headgate.recharge_cost c
), compared as (
  select coalesce(k.kind, t.kind) as kind, coalesce(k.row, t.row::jsonb) as row, k.row is null as lost, t.row is null as untold
  from kept k full join told t on t.kind = k.kind and t.row::jsonb = k.row
)
select count(*) as checked,
  coalesce((array_agg(kind || ' ' || row || case when lost then ' is in the journal and not kept so' else ' is kept and was never told' end) filter (where lost or untold))[1:100], '{}') as faults
from compared
