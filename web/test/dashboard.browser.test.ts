import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { browserMissing } from "../../test/beds/browser.ts";
import { SENTINELS } from "../mock/world.ts";
import { codeOf, dashboardBed, sideways, signIn, type DashboardBed } from "./bed.ts";

let bed: DashboardBed;

/** What the browser itself writes for an answer that is no success; the page can neither prevent it nor is it a fault of the page. */
const isAnswer = (complaint: string) => /Failed to load resource: the server responded with a status of \d+/.test(complaint);

function row(page: Page, job: string) {
  return page.getByRole("row").filter({ has: page.getByRole("link", { name: new RegExp(`^Job ${job},`) }) });
}

describe.skipIf(browserMissing() !== null)("the dashboard before its mock", () => {
  beforeAll(async () => {
    bed = await dashboardBed();
  });
  afterAll(async () => {
    await bed.close();
  });

  describe("signing in", () => {
    test("leads to the page that was asked for, and the first visit complains of nothing", async () => {
      const { page, complaints, close } = await bed.visitSignedOut("/money?account=materials");
      await page.getByRole("heading", { name: "Sign in to Headgate" }).waitFor();
      expect(await page.getByText("headgate access code", { exact: true }).isVisible()).toBe(true);
      await signIn(page, codeOf("maria").replace("-", "").toLowerCase());
      await page.getByRole("heading", { name: "Movements on materials" }).waitFor();
      expect(complaints).toEqual([]);
      await close();
    });

    test.each([
      ["ABCD-EFGH", "This code is not known"],
      [SENTINELS.attemptsCode, "Five codes in a row were wrong"],
    ])("with %s says what is wrong and what to do", async (code, words) => {
      const { page, complaints, close } = await bed.visitSignedOut("/");
      await page.getByRole("textbox", { name: "One-time code" }).fill(code);
      await page.keyboard.press("Enter");
      await page.getByText(words).waitFor();
      expect(complaints.filter((complaint) => !isAnswer(complaint))).toEqual([]);
      await close();
    });

    test("is asked for again after signing out, and goes back is no way in", async () => {
      const { page, close } = await bed.visit("/work");
      await page.getByRole("button", { name: "Signed in as maria" }).click();
      await page.getByRole("menuitem", { name: "Sign out" }).click();
      await page.getByRole("heading", { name: "Sign in to Headgate" }).waitFor();
      await page.goBack();
      await page.getByRole("heading", { name: "Sign in to Headgate" }).waitFor();
      await close();
    });

    test("that has run out meanwhile is asked for again, and leads back", async () => {
      const { page, close } = await bed.visit("/money?account=materials");
      await page.getByRole("heading", { name: "Movements on materials" }).waitFor();
      await page.context().clearCookies();
      await page.getByRole("link", { name: "Work", exact: true }).click();
      await page.getByRole("heading", { name: "Sign in to Headgate" }).waitFor();
      await signIn(page, codeOf("maria"));
      await row(page, "1839").waitFor();
      await close();
    });

    test("a link with a foreign address leads nowhere else", async () => {
      const { page, close } = await bed.visitSignedOut("/sign-in?then=//example.org/");
      const { host } = new URL(page.url());
      await signIn(page, codeOf("maria"));
      expect(new URL(page.url()).host).toBe(host);
      await close();
    });
  });

  describe("the Work page", () => {
    test("shows what runs, what waits and why, and what ended, with amounts to the last digit", async () => {
      const { page, complaints, close } = await bed.visit("/work");
      const waiting = page.getByRole("table", { name: "Waiting jobs" });
      await waiting.getByText("waits for job 1838 to complete").waitFor();
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
      await why.getByText("job 1838 to complete").waitFor();
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
      await tasks.getByRole("row", { name: /1840_36/ }).getByText("Failed").waitFor();
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
      await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("Job 1839, diamond-scf");
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
    await page.getByRole("table", { name: "Running jobs" }).getByRole("link", { name: /^Job 1839/ }).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  test("an address that leads nowhere says so", async () => {
    const { page, close } = await bed.visitSignedOut("/nowhere");
    await page.getByText("There is nothing at this address").waitFor();
    await close();
  });

  describe("on every page", () => {
    const PAGES = ["/work", "/work/1828", "/work/1839/log", "/money?account=materials", "/machines", "/submit"] as const;

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
