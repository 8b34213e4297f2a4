import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { browserMissing } from "../../test/beds/browser.ts";
import { dashboardBed, type DashboardBed } from "./bed.ts";

let bed: DashboardBed;

describe.skipIf(browserMissing() !== null)("the dashboard before its mock", () => {
  beforeAll(async () => {
    bed = await dashboardBed();
  });
  afterAll(async () => {
    await bed.close();
  });

  describe("submitting a job", () => {
    test("goes from a code over its case and its cost to the running job", async () => {
      const { page, complaints, close } = await bed.visit("/submit");
      await page.getByRole("region", { name: "Not installed here" }).getByText("needs the packages cp2k").waitFor();
      await page.getByRole("searchbox", { name: "Find an app" }).fill("plane waves");
      await expect.poll(() => page.getByRole("listitem").count()).toBe(1);
      await page.getByRole("link", { name: "Quantum ESPRESSO" }).click();
      await page.getByRole("radio", { name: /^silicon-scf/ }).check();
      await page.getByRole("combobox", { name: "Project that pays" }).selectOption("materials");
      const card = page.getByRole("complementary", { name: "What it costs" });
      await card.getByText("$0.004434", { exact: true }).waitFor();
      await card.getByText("2 cores x (180 s time limit + 10 s grace) x $0.042000/core-hour").waitFor();
      await page.getByRole("textbox", { name: "ecutwfc, Ry" }).fill("24");
      await card.getByText("headgate job submit quantum-espresso/silicon-scf --project materials --set ecutwfc=24").waitFor();
      await card.getByRole("button", { name: "Submit, reserve $0.004434" }).click();
      const job = page.getByRole("complementary", { name: "Job 1844" });
      await job.getByText("ecutwfc 24").waitFor();
      await job.getByText("Completed").waitFor();
      await job.getByRole("cell", { name: "-15.84452726 Ry" }).waitFor();
      expect(complaints).toEqual([]);
      await close();
    });

    test("that would be refused says why and what would fit, and one press makes it fit", async () => {
      const { page, complaints, close } = await bed.visit("/submit?app=gromacs");
      await page.getByRole("textbox", { name: "Time limit" }).fill("9000h");
      const card = page.getByRole("complementary", { name: "What it costs" });
      await card
        .getByRole("alert")
        .getByText(/climate can commit \$456\.\d+ now; this job can cost at most \$1,512\.000467/)
        .waitFor();
      const button = card.getByRole("button", { name: /^Submit/ });
      expect(await button.getAttribute("aria-disabled")).toBe("true");
      await button.press("Enter");
      await card.getByRole("button", { name: /^Use --time-limit/ }).click();
      await card.getByRole("alert").waitFor({ state: "detached" });
      await expect.poll(() => button.getAttribute("aria-disabled")).toBeNull();
      expect(complaints).toEqual([]);
      await close();
    });

    test("with a wrong field marks it and does not ask", async () => {
      const { page, complaints, close } = await bed.visit("/submit?app=lammps");
      const cores = page.getByRole("textbox", { name: "Cores" });
      await cores.fill("0");
      await page.getByText("A whole number, at least 1").waitFor();
      expect(await cores.getAttribute("aria-invalid")).toBe("true");
      await page.getByRole("button", { name: "Submit", description: "A field is not right yet", exact: true }).waitFor();
      expect(complaints).toEqual([]);
      await close();
    });
  });
});
