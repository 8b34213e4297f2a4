delete from headgate.session where id = $1 returning id
