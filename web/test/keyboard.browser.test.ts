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

  describe("with the keyboard alone", () => {
    test("one gets past the bar, walks the jobs, opens one, reads its neighbour and comes back", async () => {
      const { page, complaints, close } = await bed.visit("/work");
      await row(page, "1840").waitFor();
      await page.reload();
      await row(page, "1840").waitFor();
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      expect(await page.evaluate(() => document.activeElement?.id)).toBe("content");
      await page.keyboard.press("j");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      await page.getByRole("complementary", { name: "Job 1839" }).getByRole("heading", { name: /1839/ }).waitFor();
      await page.keyboard.press("j");
      await page.getByRole("complementary", { name: "Job 1838" }).waitFor();
      await page.keyboard.press("k");
      await page.getByRole("complementary", { name: "Job 1839" }).waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("complementary").waitFor({ state: "detached" });
      await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute("aria-label")), { timeout: 10_000 }).toBe("Job 1839, diamond-scf");
      expect(complaints).toEqual([]);
      await close();
    });

    test("? shows the keys, and single keys can be switched off for good", async () => {
      const { page, close } = await bed.visit("/work");
      await row(page, "1840").waitFor();
      await page.keyboard.press("?");
      const dialog = page.getByRole("dialog", { name: "Keys" });
      await dialog.getByText("Next job").waitFor();
      await dialog.getByRole("switch", { name: "Single keys" }).press("Space");
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "hidden" });
      await page.reload();
      await row(page, "1840").waitFor();
      await page.keyboard.press("m");
      await page.keyboard.press("?");
      expect(new URL(page.url()).pathname).toBe("/work");
      expect(await dialog.count()).toBe(0);
      await close();
    });

    test("typing in a field is typing", async () => {
      const { page, close } = await bed.visit("/work");
      await row(page, "1840").waitFor();
      await page.keyboard.press("/");
      await page.keyboard.type("1829");
      await page.keyboard.press("Enter");
      await page.getByRole("complementary", { name: "Job 1829" }).waitFor();
      await close();
    });

    test("the focus is always seen", async () => {
      const { page, close } = await bed.visit("/work");
      await row(page, "1840").waitFor();
      for (let step = 0; step < 25; step += 1) {
        await page.keyboard.press("Tab");
        const seen = await page.evaluate(() => {
          const at = document.activeElement;
          if (at === null || at === document.body) return "nothing has it";
          const styles = [getComputedStyle(at), getComputedStyle(at, "::after")];
          const drawn = styles.some((style) => (style.outlineStyle !== "none" && style.outlineWidth !== "0px") || style.boxShadow !== "none");
          return drawn || at.matches("input, select") ? "" : `${at.tagName} ${at.textContent}`;
        });
        expect(seen).toBe("");
      }
      await close();
    });
  });
});
