-- Oldest first, so that of two rates of one day the one recorded last counts.
select resource, rate, free, source, dated
from headgate.rate
order by number
limit $1
