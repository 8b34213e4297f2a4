import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { browserMissing } from "../../test/beds/browser.ts";
import { SENTINELS } from "../mock/world.ts";
import { dashboardBed, isAnswer, row, type DashboardBed } from "./bed.ts";

let bed: DashboardBed;

describe.skipIf(browserMissing() !== null)("the dashboard before its mock", () => {
  beforeAll(async () => {
    bed = await dashboardBed();
  });
  afterAll(async () => {
    await bed.close();
  });

  describe("a job", () => {
    test("has its results beside what was expected, and its money", async () => {
      const { page, complaints, close } = await bed.visit("/work/1828");
      const job = page.getByRole("complementary", { name: "Job 1828" });
      const result = job.getByRole("table", { name: "Results" }).getByRole("row", { name: /total energy/ });
      expect(await result.innerText()).toMatch(/-15\.84452726 Ry\s+-15\.844527 \+- 0\.00001\s+ok/);
      await job.getByText("charged $0.000072 = 2 cores x 3.086 s x $0.042/core-hour").waitFor();
      await job.getByRole("img", { name: "$0.000072 charged of $0.004434 reserved" }).waitFor();
      expect(complaints).toEqual([]);
      await close();
    });

    test("that waits says for what", async () => {
      const { page, close } = await bed.visit("/work/1842");
      const why = page.getByRole("complementary", { name: "Job 1842" }).getByRole("region", { name: "How it stands" });
      await why.getByText("job 1838 has to complete first").waitFor();
      await why.getByText("is reserved").waitFor();
      await close();
    });

    test("that runs shows its cost as it grows", async () => {
      const { page, close } = await bed.visit("/work/1839");
      const bar = page.getByRole("complementary").getByRole("img", { name: /so far of/ });
      const first = await bar.getAttribute("aria-label");
      await expect.poll(() => bar.getAttribute("aria-label"), { timeout: 10_000 }).not.toBe(first);
      await close();
    });

    test("has its log, files and events at addresses of their own", async () => {
      const { page, complaints, close } = await bed.visit("/work/1828/log");
      const job = page.getByRole("complementary", { name: "Job 1828" });
      await job.getByRole("log").getByText("JOB DONE.").waitFor();
      await job.getByRole("link", { name: /^Files/ }).click();
      await job.getByRole("cell", { name: "pw.out" }).waitFor();
      await job.getByRole("link", { name: "Events" }).click();
      await job.getByText("the program has been started").waitFor();
      expect(new URL(page.url()).pathname).toBe("/work/1828/events");
      await page.goBack();
      expect(complaints).toEqual([]);
      await close();
    });

    test("of an array lists its tasks", async () => {
      const { page, close } = await bed.visit("/work/1840/tasks");
      const tasks = page.getByRole("table", { name: "Tasks of job 1840" });
      await tasks.getByRole("link", { name: "1840_36" }).waitFor();
      await tasks
        .getByRole("row", { name: /1840_36/ })
        .getByText("Failed")
        .waitFor();
      await close();
    });

    test("is cancelled after a question that says what becomes of the money", async () => {
      const { page, complaints, close } = await bed.visit("/work/1839");
      await page.getByRole("button", { name: "Cancel job" }).click();
      const dialog = page.getByRole("dialog", { name: "Cancel job 1839?" });
      await dialog.getByText("is given back").waitFor();
      await dialog.getByRole("button", { name: "Let it be" }).click();
      await dialog.waitFor({ state: "hidden" });
      await page.getByRole("button", { name: "Cancel job" }).click();
      await dialog.getByRole("button", { name: "Cancel the job" }).click();
      await row(page, "1839").getByText("Cancelled", { exact: true }).waitFor();
      await page.getByRole("button", { name: "Run again" }).waitFor();
      expect(complaints).toEqual([]);
      await close();
    });

    test("that ended meanwhile answers the cancelling with why", async () => {
      const { page, close } = await bed.visit(`/work/${SENTINELS.endedJob}`, { person: "james" });
      await page.getByRole("button", { name: "Cancel job" }).click();
      await page.getByRole("button", { name: "Cancel the job" }).click();
      await page.getByRole("dialog").getByRole("alert").getByText(`Job ${SENTINELS.endedJob} has ended already.`).waitFor();
      await close();
    });

    test("of somebody else cannot be cancelled, and the button says why", async () => {
      const { page, close } = await bed.visit("/work/1836");
      const button = page.getByRole("button", { name: "Cancel job", description: "Only sarah, a manager of climate or an administrator can do this" });
      await button.press("Enter");
      expect(await page.getByRole("dialog").count()).toBe(0);
      await button.hover();
      await page.getByRole("tooltip", { name: /Only sarah/ }).waitFor();
      await close();
    });

    test("run again gets a new number and says which it repeats", async () => {
      const { page, close } = await bed.visit("/work/1828");
      await page.getByRole("button", { name: "Run again" }).click();
      await page.getByRole("dialog", { name: "Run 1828 again?" }).getByRole("button", { name: "Run again" }).click();
      const job = page.getByRole("complementary", { name: "Job 1844" });
      await job.getByRole("link", { name: "1828" }).waitFor();
      await job.getByText("Completed").waitFor();
      await close();
    });

    test.each([
      ["9999", "There is no job 9999."],
      [SENTINELS.brokenJob, "The mock was asked to fail."],
    ])("%s that cannot be shown says why and leaves the list", async (number, words) => {
      const { page, complaints, close } = await bed.visit(`/work/${number}`);
      await page.getByRole("alert").getByText(words).waitFor();
      await row(page, "1839").waitFor();
      expect(complaints.filter((complaint) => !isAnswer(complaint))).toEqual([]);
      await close();
    });
  });
});
