import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { browserMissing } from "../../test/beds/browser.ts";
import { dashboardBed, sideways, type DashboardBed } from "./bed.ts";

let bed: DashboardBed;

describe.skipIf(browserMissing() !== null)("the dashboard before its mock", () => {
  beforeAll(async () => {
    bed = await dashboardBed();
  });
  afterAll(async () => {
    await bed.close();
  });

  describe("money", () => {
    test("shows each account with its bar, and what moved on the one chosen", async () => {
      const { page, complaints, close } = await bed.visit("/money");
      await page.getByRole("heading", { name: "Movements on climate" }).waitFor();
      await page.getByRole("table", { name: "Budgets" }).getByRole("link", { name: "materials" }).click();
      await page.getByRole("heading", { name: "Movements on materials" }).waitFor();
      const charge = page.getByRole("row", { name: /Charged job 1828: 2 cores x 3\.086 s/ });
      await charge.getByText("$0.000072", { exact: true }).waitFor();
      await charge.getByText("metered").waitFor();
      expect(complaints).toEqual([]);
      await close();
    });

    test("shows what is left as a drawing with its bands, by keyboard day by day, and as a table", async () => {
      const { page, complaints, close } = await bed.visit("/money?account=climate");
      const left = page.getByRole("region", { name: "What climate has left" });
      await left.getByText("At this pace the money probably runs out before the end (74 %).", { exact: true }).waitFor();
      await left.getByText(/In 47 earlier forecasts of 56 days, 7 of which do not overlap, the 80 % band held the truth 79 % of the time/).waitFor();
      await left.getByRole("img", { name: /^What is left\. At this pace/ }).waitFor();
      const day = left.getByRole("slider", { name: "Day" });
      const spoken = async () => (await day.getAttribute("aria-valuetext")) ?? "";
      const today = await spoken();
      expect(today).toMatch(/ left in the middle, \$.* to \$.* \(80 %\)\.$/);
      await day.focus();
      await page.keyboard.press("ArrowRight");
      expect(await spoken()).not.toBe(today);
      await page.keyboard.press("Home");
      expect(await spoken()).toMatch(/ was left\.$/);
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      const rows = left.getByRole("table", { name: "What climate has left, day by day" }).getByRole("row");
      await rows.first().waitFor();
      expect(await rows.count()).toBe(1 + 41 + 61);
      expect(complaints).toEqual([]);
      await close();
    });

    test("of somebody in no project says how to get into one", async () => {
      const { page, complaints, close } = await bed.visit("/money", { person: "nina" });
      await page.getByText("You have no part in any budget yet").waitFor();
      expect(complaints).toEqual([]);
      await close();
    });
  });

  test("machines show how much is in use", async () => {
    const { page, complaints, close } = await bed.visit("/machines");
    const machine = page.getByRole("region", { name: "Machine workstation" });
    await machine.getByRole("img", { name: "14 of 16 cores in use" }).waitFor();
    await machine.getByText("Takes jobs").waitFor();
    await page
      .getByRole("table", { name: "Running jobs" })
      .getByRole("link", { name: /^Job 1839/ })
      .waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  test("an address that leads nowhere says so", async () => {
    const { page, close } = await bed.visitSignedOut("/nowhere");
    await page.getByText("There is nothing at this address").waitFor();
    await close();
  });

  describe("on every page", () => {
    const PAGES = ["/work", "/work/1828", "/work/1839/log", "/money?account=materials", "/machines", "/submit", "/submit?app=lammps"] as const;

    test.each(PAGES)("%s fits a phone, in the dark too", async (path) => {
      const { page, complaints, close } = await bed.visit(path, { viewport: { width: 390, height: 844 }, colorScheme: "dark" });
      await page.getByRole("main").waitFor();
      await page.waitForLoadState("domcontentloaded");
      expect(await sideways(page)).toBe(0);
      const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const [red = 255] = (/\d+/.exec(background) ?? []).map(Number);
      expect(red).toBeLessThan(64);
      expect(complaints).toEqual([]);
      await close();
    });
  });

  test("on a phone brand and tools share one row, and the places have the next", async () => {
    const { page, close } = await bed.visit("/work", { viewport: { width: 390, height: 844 } });
    const middle = async (name: RegExp) => {
      const box = await page.getByRole("link", { name }).first().boundingBox();
      return Math.round((box?.y ?? -1) + (box?.height ?? 0) / 2);
    };
    const [brand, submit, money] = [await middle(/^Headgate/), await middle(/^Submit a job/), await middle(/^Money/)];
    expect(Math.abs(brand - submit)).toBeLessThan(4);
    expect(money - brand).toBeGreaterThan(30);
    await close();
  });

  test("light and dark can be chosen, and the choice is kept", async () => {
    const { page, close } = await bed.visit("/work", { colorScheme: "light" });
    await page.getByRole("button", { name: "Appearance: light" }).click();
    await page.getByRole("menuitem", { name: "Dark" }).click();
    await page.getByRole("button", { name: "Appearance: dark" }).waitFor();
    await page.reload();
    await page.getByRole("button", { name: "Appearance: dark" }).waitFor();
    await close();
  });
});
