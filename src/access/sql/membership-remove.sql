delete from headgate.membership where person = $1 and account = $2 returning person
