-- The rate for class $2 of account $1 at $3. A reservation that was made under key $4 keeps the one it was made with.
select coalesce(t.detail -> 'indirect' ->> 'award', i.award) as award, coalesce(t.detail -> 'indirect' ->> 'class', i.class) as class,
  coalesce((t.detail -> 'indirect' ->> 'rate')::integer, i.rate) as rate
from headgate.account a cross join lateral headgate.indirect_of(a.id, $2, $3) i left join headgate.journal_transaction t on t.key = $4
where a.name = $1
