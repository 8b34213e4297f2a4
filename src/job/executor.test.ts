import { afterEach, expect, test } from "vitest";
import { jobsBed, type JobsBed } from "../../test/beds/jobs.ts";

let bed: JobsBed;
afterEach(() => bed.close());

test("a job runs, is charged and gives back the rest", async () => {
  bed = await jobsBed();
  await bed.start();
  const number = await bed.submit("command: [sh, -c, 'echo hello; exit 0']\ntime_limit: 1m\n");
  await bed.until(number);
  const job = await bed.row("select state, outcome, reason, charged, returned, reserved from headgate.job where number = $1", [number]);
  expect(job).toMatchObject({ state: "settled", outcome: "completed" });
  const events = await bed.database.db.query("select from_state, to_state, who, why from headgate.job_event order by id");
  console.log(events, bed.log);
});
