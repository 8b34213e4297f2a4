import type { Database } from "#db";
import type { GaugePort } from "#server";

/** Figures that are read from the database when Prometheus asks. */
export function gauges(db: Database): GaugePort[] {
  const read = async (text: string) =>
    (await db.query<{ of: string; value: bigint }>({ text, readOnly: true })).map((row) => ({ of: row.of, value: Number(row.value) }));
  return [
    {
      name: "headgate_jobs",
      help: "Jobs by state.",
      label: "state",
      read: () => read("select state as of, count(*) as value from headgate.job group by state"),
    },
    {
      name: "headgate_holds",
      help: "Reservations by state.",
      label: "state",
      read: () => read("select state as of, count(*) as value from headgate.hold group by state"),
    },
  ];
}
