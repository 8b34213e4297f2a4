delete from headgate.session where person = $1
