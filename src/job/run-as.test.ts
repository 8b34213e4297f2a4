import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { jobsBed, type JobsBed } from "../../test/beds/jobs.ts";
import { readSystemUser } from "./local/system-user.ts";

/** An account without rights that every Debian has. */
const USER = "nobody";

let bed: JobsBed;
beforeEach(async (context) => {
  if (process.getuid?.() !== 0) context.skip("jobs run as another account only when Headgate is root");
  bed = await jobsBed();
});
afterEach(() => bed?.close());

test("jobs run as the account that is named, in a folder of its own, with an outcome that is not theirs to write", async () => {
  const runAs = await readSystemUser(USER);
  await bed.start({ runAs });
  writeFileSync(join(bed.stateFolder, "input.txt"), "abc");
  const number = await bed.submit(
    `command: [sh, -c, "id -un; echo $HOME $HEADGATE_JOB $COLOUR; cat input.txt > copy.out; ls ${bed.stateFolder}/run; grep CapEff /proc/self/status"]\ntime_limit: 1m\ninputs: [input.txt]\noutputs: ['*.out']\nenvironment: {COLOUR: 'a b', LD_PRELOAD: /nowhere.so}\n`,
  );
  await bed.until(number);
  const { folder, outcome } = await bed.row<{ folder: string; outcome: string }>("select folder, outcome from headgate.job_attempt");
  const log = readFileSync(join(folder, "log"), "utf8");
  expect(outcome).toBe("completed");
  expect(log).toContain(`${USER}\n${runAs.home} ${number} a b\n`);
  expect(log).toContain("Permission denied");
  expect(log).toMatch(/CapEff:\s+0000000000000000/);
  expect(statSync(join(folder, "work", "copy.out")).uid).toBe(runAs.uid);
  expect(statSync(folder).uid).toBe(0);
  // Others may pass through the state folder, and not look into it.
  expect(statSync(bed.stateFolder).mode & 0o777).toBe(0o711);
});

test("a state folder that the account cannot come to is refused when the worker starts, with what to do", async () => {
  const barred = join(bed.stateFolder, "barred");
  mkdirSync(join(barred, "state"), { recursive: true });
  chmodSync(barred, 0o700);
  await expect(bed.start({ runAs: await readSystemUser(USER), stateFolder: join(barred, "state") })).rejects.toMatchObject({ code: "config.invalid" });
});

test("an input that the account may not read is not read for it", async () => {
  await bed.start({ runAs: await readSystemUser(USER) });
  writeFileSync(join(bed.stateFolder, "secret.txt"), "secret", { mode: 0o600 });
  const number = await bed.submit("command: [cat, secret.txt]\ntime_limit: 1m\ninputs: [secret.txt]\n");
  await bed.until(number);
  const row = await bed.row<{ outcome: string; reason: string }>("select outcome, reason from headgate.job_attempt");
  expect(row.outcome).toBe("failed");
  expect(row.reason).toContain("Permission denied");
});

test("an account that is not there, or is root, is refused when the worker starts", async () => {
  await expect(readSystemUser("no-such-user-here")).rejects.toMatchObject({ code: "config.invalid" });
  await expect(readSystemUser("root")).rejects.toMatchObject({ code: "config.invalid" });
  await expect(readSystemUser("--help")).rejects.toMatchObject({ code: "config.invalid" });
});
