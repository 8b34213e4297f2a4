-- What launching and judging the tasks of a job takes.
select id, number, name, person, project, spec, cores, memory_mib, time_limit_s, grace_ms, retry_count, retry_on, formula, unit, tasks, array_spec
from headgate.job where id = any($1::uuid[])
