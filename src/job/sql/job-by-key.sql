select id, number, submit_fingerprint, state, refusal from headgate.job where submit_key = $1::text
