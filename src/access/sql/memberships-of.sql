select account, role from headgate.membership where person = $1 order by account limit 1000
