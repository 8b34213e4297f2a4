select id, number, person, project, state, outcome from headgate.job where number = any($1::bigint[])
