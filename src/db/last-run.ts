import type { Instant, Milliseconds } from "#kernel";
import { instantToIso } from "#kernel";
import type { Database } from "./database.ts";

/** What is done regularly, by the worker or by an administrator, and has to be seen when it is not. */
export type RunKind = "verify" | "backup" | "upkeep";

const DETAIL_MAX = 2000;

/** Notes that something was done just now; `fault` is what was found or went wrong, null when it went well. An older run that is noted late changes nothing. */
export async function noteRun(
  db: Database,
  kind: RunKind,
  run: { readonly at: Instant; readonly took: Milliseconds; readonly fault: string | null },
): Promise<void> {
  await db.query({
    text: `
      insert into headgate.last_run (kind, at, ok, ok_at, took_ms, detail)
      values ($1, $2::timestamptz, $3::text is null, case when $3::text is null then $2::timestamptz end, $4, $3)
      on conflict (kind) do update
      set at = excluded.at, ok = excluded.ok, ok_at = coalesce(excluded.ok_at, last_run.ok_at), took_ms = excluded.took_ms, detail = excluded.detail
      where last_run.at <= excluded.at`,
    values: [kind, instantToIso(run.at), run.fault?.slice(0, DETAIL_MAX) ?? null, Math.round(run.took)],
  });
}
