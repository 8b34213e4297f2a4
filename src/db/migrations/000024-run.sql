-- When what an administrator counts on was last done: the look at the books, the copy of the database, the minute's upkeep. One row a kind; the metrics read it.
create table headgate.last_run (
  kind text primary key check (kind in ('verify', 'backup', 'upkeep')),
  at timestamptz not null,
  ok boolean not null,
  -- Null while it never went well.
  ok_at timestamptz check (ok_at <= at),
  took_ms integer not null check (took_ms >= 0),
  -- What was found, where it did not go well.
  detail text check (char_length(detail) <= 2000),
  check (ok = (detail is null) and (not ok or ok_at = at))
);
