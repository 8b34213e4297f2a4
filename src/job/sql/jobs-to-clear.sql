-- Settled jobs whose folders have been kept long enough, oldest first.
select id from headgate.job where settled_at < $1::timestamptz and cleared_at is null order by settled_at limit $2::integer
