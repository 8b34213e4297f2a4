-- The work came to nothing (our fault, or too much at once): the key is free for another try.
delete from headgate.idempotent_answer where person = $1 and key = $2 and instance = $3 and status is null
