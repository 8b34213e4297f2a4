-- On-premises rates, the newest first, with who approved them. $1 resource (null: all), $2 the number before which a page begins (null: the newest), $3 how many.
select number, resource, rate, free, source, dated::text as dated, approver, agreement, recorded_by, recorded_at
from headgate.rate where ($1::text is null or resource = $1) and ($2::bigint is null or number < $2) order by number desc limit $3
