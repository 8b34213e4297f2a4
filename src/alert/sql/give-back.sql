update headgate.alert_destination set lease = null, leased_until = null where name = $1 and lease = $2::uuid
