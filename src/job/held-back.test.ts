import { afterEach, beforeEach, expect, test } from "vitest";
import { jobsBed, type JobsBed } from "../../test/beds/jobs.ts";
import { micros, systemClock } from "#kernel";
import { pendingJobs } from "./dispatch-store.ts";
import { whyOfJob } from "./show-jobs.ts";

let bed: JobsBed;
beforeEach(async () => {
  bed = await jobsBed({ limit: micros(100n) });
});
afterEach(() => bed.close());

const owner = { name: "maria", admin: true };
const rule = (action: string, key: string) =>
  bed.database.db.query("select headgate.set_alert_rule($1, $2, 'owner', 'test', 'as agreed', now())", [
    key,
    JSON.stringify({ account: "materials", measure: "committed", threshold: 50, margin: 5, action, severity: "critical", destinations: ["webhook"] }),
  ]);

test("jobs that have not started stay queued and say why while an alert holds them back, nothing new is let in, and all goes on when it is lifted", async () => {
  const number = await bed.submit("command: ['true']\ntime_limit: 1m\n");
  await rule("hold", "hold");
  expect(await pendingJobs(bed.database.db, "local", 10, systemClock.now())).toEqual([]);
  await expect(bed.submit("command: ['true']\ntime_limit: 10s\n")).rejects.toMatchObject({ code: "budget.stopped" });
  const { waits } = await whyOfJob(bed.submitPorts, owner, number);
  expect(waits).toContainEqual({
    kind: "budget",
    words: "alert 1 of materials holds back what has not started: headgate budget alert show 1",
    ok: false,
  });
  await bed.start();
  // Another project's would be started by the same dispatcher; of this one nothing is before the alert is lifted.
  await bed.database.db.query("select headgate.lift_alert('lift', 1, 'owner', 'test', 'the dean agrees', now())");
  await bed.until(number);
  expect(await bed.row("select outcome from headgate.job where number = $1", [number])).toEqual({ outcome: "completed" });
});

test("an alert that only stops new work lets what waits start", async () => {
  const number = await bed.submit("command: ['true']\ntime_limit: 1m\n");
  await rule("stop", "stop");
  await bed.start();
  await bed.until(number);
  expect(await bed.row("select outcome from headgate.job where number = $1", [number])).toEqual({ outcome: "completed" });
});
