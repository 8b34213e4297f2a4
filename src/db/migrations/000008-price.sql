-- Rates of what is on our own premises, by the day from which they hold. Appended only: what was charged stays explainable.

create table headgate.rate (
  number bigint generated always as identity primary key,
  resource text not null check (resource in ('core', 'memory-gib', 'gpu')),
  -- Billionths of a dollar (or service unit) for one unit for one hour.
  rate bigint not null check (rate >= 0),
  -- Why it is free: said exactly when the rate is 0, so that nothing is free by default.
  free text check (char_length(free) between 1 and 200),
  source text not null check (char_length(source) between 1 and 200),
  dated date not null,
  recorded_by text not null check (char_length(recorded_by) between 1 and 200),
  recorded_at timestamptz not null,
  check ((rate = 0) = (free is not null))
);
create index rate_resource on headgate.rate (resource, dated, number);

create trigger append_only before update or delete or truncate on headgate.rate for each statement execute function headgate.refuse_change();
