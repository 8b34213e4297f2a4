import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { browserMissing } from "../../test/beds/browser.ts";
import { dashboardBed, row, type DashboardBed } from "./bed.ts";

let bed: DashboardBed;

describe.skipIf(browserMissing() !== null)("the dashboard before its mock", () => {
  beforeAll(async () => {
    bed = await dashboardBed();
  });
  afterAll(async () => {
    await bed.close();
  });

  describe("the Work page", () => {
    test("shows what runs, what waits and why, and what ended, with amounts to the last digit", async () => {
      const { page, complaints, close } = await bed.visit("/work");
      const waiting = page.getByRole("table", { name: "Waiting jobs" });
      await waiting.getByText("job 1838 has to complete first").waitFor();
      await page.getByRole("table", { name: "Running jobs" }).getByRole("link", { name: "Job 1839, diamond-scf" }).waitFor();
      const ended = row(page, "1828");
      await ended.getByRole("cell", { name: "Completed" }).waitFor();
      await ended.getByText("$0.000072", { exact: true }).waitFor();
      await page.getByRole("img", { name: /^materials: \$0\.\d+ spent, \$0\.\d+ reserved, \$0\.00 leased, \$119\.\d+ free of \$120\.00$/ }).waitFor();
      expect(complaints).toEqual([]);
      await close();
    });

    test("is filtered by its address, and says so when nothing matches", async () => {
      const { page, close } = await bed.visit("/work?person=james");
      await row(page, "1838").waitFor();
      expect(await row(page, "1839").count()).toBe(0);
      await page.getByRole("combobox", { name: "Result" }).selectOption("out-of-memory");
      await page.getByText("No job matches this filter").waitFor();
      expect(new URL(page.url()).searchParams.get("outcome")).toBe("out-of-memory");
      await page.getByRole("link", { name: "Show all jobs" }).click();
      await row(page, "1839").waitFor();
      await close();
    });

    test("empty, teaches the first command", async () => {
      const { page, complaints, close } = await bed.visit("/work", { empty: true });
      await page.getByText("No job has been submitted yet").waitFor();
      await page.getByRole("button", { name: "Copy: headgate app list" }).waitFor();
      await page.getByRole("link", { name: "Submit the first job" }).waitFor();
      expect(complaints).toEqual([]);
      await close();
    });

    test("loads more of what ended", async () => {
      const { page, close } = await bed.visit("/work");
      await page.getByRole("button", { name: "Show more ended jobs" }).click();
      await row(page, "1790").waitFor();
      expect(await page.getByRole("button", { name: "Show more ended jobs" }).count()).toBe(0);
      await close();
    });
  });
});
