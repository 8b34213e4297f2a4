select a.unit, r.rate, r.source, r.approver, r.dated::text as dated
from headgate.account a cross join lateral headgate.su_rate_of(a.path, $2::date) r
where a.name = $1::text
