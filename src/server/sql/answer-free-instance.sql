-- What a process that is gone was working on need not wait for its claims to run out.
update headgate.idempotent_answer set locked_until = $2 where instance = $1 and status is null
