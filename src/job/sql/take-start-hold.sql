-- The ledger granted what was asked under this number; also when the job was cancelled since: then it is given back like any other.
update headgate.job set hold_id = $3::text, reserved = $4::bigint, reserved_indirect = greatest(0, $4::bigint - to_reserve), hold_answers = hold_asks, short_level = null, short_since = null, ask_after = null,
  reason = case when state in ('queued', 'waiting') then null else reason end
where id = $1::uuid and hold_asks = $2::integer and hold_id is null and hold_closed_at is null
