-- What holds for recharging: the last that was decided.
select ordinal, since::text as since, opening, band_days, approver, person, recorded_at from headgate.recharge_policy order by ordinal desc limit 1
