update headgate.idempotent_answer set locked_until = $4 where person = $1 and key = $2 and instance = $3 and status is null
