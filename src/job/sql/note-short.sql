-- The ledger said no to what was asked under this number.
update headgate.job set hold_answers = hold_asks, short_level = $3::text, short_since = coalesce(short_since, $6::timestamptz), ask_after = $5::timestamptz,
  reason = case when state in ('queued', 'waiting') then $4::text else reason end
where id = $1::uuid and hold_asks = $2::integer and hold_answers < hold_asks and hold_id is null
