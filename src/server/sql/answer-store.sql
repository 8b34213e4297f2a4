update headgate.idempotent_answer
set status = $4, headers = $5, body = $6
where person = $1 and key = $2 and instance = $3 and status is null
returning key
