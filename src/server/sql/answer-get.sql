select fingerprint, locked_until, status, headers, body from headgate.idempotent_answer where person = $1 and key = $2
