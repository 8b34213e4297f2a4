-- Oldest first, so that of two rates of one day the one recorded last counts.
select resource, rate, free, source || coalesce(', approved by ' || approver, '') || coalesce(', ' || agreement, '') as source, dated
from headgate.rate
order by number
limit $1
