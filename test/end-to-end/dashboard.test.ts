import type { BrowserContext, BrowserContextOptions, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formatMoney, parseMicros } from "#kernel";
import { browserBed, browserMissing, type BrowserBed, type OpenPage } from "../beds/browser.ts";
import { headgateBed, type HeadgateBed } from "../beds/headgate.ts";
import { output } from "../../tools/lib/program.ts";
import { packageRoot } from "#db";

/** A machine that many tests share is slow; what is waited for here takes seconds by itself. */
const PATIENCE_MS = 60_000;

let headgate: HeadgateBed;
let browser: BrowserBed;
let url: string;

/** What a person's browser keeps after the sign-in. The server lets one address try ten times a minute, so each signs in once. */
const kept = new Map<string, Awaited<ReturnType<BrowserContext["storageState"]>>>();

/** A person in front of the real dashboard, signed in with a code from the real server. */
async function signedIn(person: string, path: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
  const storageState = kept.get(person);
  const opened = await browser.open({ baseURL: url, ...options, ...(storageState === undefined ? {} : { storageState }) });
  const { page } = opened;
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(path);
  if (storageState === undefined) {
    const { body } = await headgate.call("POST", "/api/v1/access/codes", { body: { person } });
    await page.getByRole("textbox", { name: "One-time code" }).fill(field(body, "code"));
    await page.getByRole("button", { name: "Sign in" }).click();
  }
  await page.getByRole("navigation", { name: "Places" }).waitFor();
  kept.set(person, await page.context().storageState());
  return opened;
}

/** Waits until the panel of a job says that it is in this state. */
async function untilState(job: Locator, word: string): Promise<void> {
  await job.getByRole("status").filter({ hasText: word }).first().waitFor();
}

function field(body: unknown, name: string): string {
  const value = typeof body === "object" && body !== null ? (body as Record<string, unknown>)[name] : undefined;
  if (typeof value !== "string") throw new TypeError(`no ${name} in ${JSON.stringify(body)}`);
  return value;
}

/** What the API says of an amount, as the page has to show it. */
async function shownAmount(path: string, name: string): Promise<string> {
  const { body } = await headgate.call("GET", path);
  const amount = parseMicros(field(body, name));
  if (amount === undefined) throw new TypeError(`${name} is not an amount`);
  return formatMoney(amount);
}

/** Sends a case of the plate that cools through the page, and gives the panel of the new job and its number. */
async function submitPlate(page: Page, fields: Readonly<Record<string, string>>): Promise<{ readonly job: Locator; readonly number: string }> {
  await page.goto("/submit?app=heat-2d&case=small");
  for (const [name, text] of Object.entries(fields)) await page.getByRole("textbox", { name, exact: true }).fill(text);
  await page.getByRole("button", { name: /^Submit, reserve \$/ }).click();
  await page.waitForURL(/\/work\/\d+$/);
  const number = /\d+$/.exec(new URL(page.url()).pathname)?.[0] ?? "";
  return { job: page.getByRole("complementary", { name: `Job ${number}` }), number };
}

describe.skipIf(browserMissing() !== null)("the dashboard of a running Headgate", () => {
  beforeAll(async () => {
    await output([process.execPath, "-e", 'import("./tools/lib/dashboard.mjs").then((tool) => tool.ensureDashboard())'], {
      cwd: packageRoot,
      timeoutMs: 120_000,
    });
    headgate = await headgateBed({ cores: 2 });
    await headgate.up();
    url = headgate.url;
    browser = await browserBed();
  }, 400_000);
  afterAll(async () => {
    await browser.close();
    await headgate.down();
  });

  test("shows the first simulation to the person it was run for, with what it cost to the last digit", async () => {
    const { page, complaints, close } = await signedIn("maria", "/work/1");
    const job = page.getByRole("complementary", { name: "Job 1" });
    await untilState(job, "Completed");
    const charged = await shownAmount("/api/v1/jobs/1/cost", "charged");
    await job.getByRole("definition").filter({ hasText: charged }).waitFor();
    expect(await job.getByRole("table", { name: "Results" }).getByText("ok", { exact: true }).count()).toBeGreaterThan(0);
    const free = await shownAmount("/api/v1/budget/accounts/materials", "free");
    await page.getByRole("region", { name: "Budgets" }).getByText(free, { exact: true }).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  test("a job sent from it runs, is followed live, and leaves results, log, files and a journal", async () => {
    const { page, complaints, close } = await signedIn("maria", "/submit");
    const watching = await signedIn("james", "/work");
    const { job, number } = await submitPlate(page, { Name: "a plate" });
    await watching.page.getByRole("row", { name: new RegExp(`^Completed Job ${number}, a plate`) }).waitFor();
    await untilState(job, "Completed");
    const temperature = job.getByRole("row", { name: /centre.temperature/ });
    expect(await temperature.innerText()).toMatch(/ok$/);
    await job.getByRole("link", { name: "Log" }).click();
    await job
      .getByRole("log")
      .getByText(/centre temperature/)
      .waitFor();
    await job.getByText("Complete", { exact: true }).waitFor();
    await job.getByRole("link", { name: /^Files/ }).click();
    await job.getByRole("cell", { name: "profile.txt" }).waitFor();
    await job.getByRole("link", { name: "Events" }).click();
    await job.getByRole("listitem").filter({ hasText: "settled" }).waitFor();
    expect([...complaints, ...watching.complaints]).toEqual([]);
    await close();
    await watching.close();
  });

  test("a long job shows its cost as it grows and the core it uses, and is cancelled; the money adds up", async () => {
    const { page, complaints, close } = await signedIn("maria", "/work");
    const { job, number } = await submitPlate(page, { "points": "400", "time": "10", "Time limit": "1h" });
    await untilState(job, "Running");
    const bar = job.getByRole("img", { name: /^about \$0\.\d+ so far of \$0\.\d+ reserved$/ });
    const first = await bar.getAttribute("aria-label");
    await expect.poll(() => bar.getAttribute("aria-label"), { timeout: PATIENCE_MS }).not.toBe(first);

    const machines = await signedIn("james", "/machines");
    await machines.page.getByRole("img", { name: "1 of 2 cores in use" }).waitFor();
    await machines.page.getByText("Takes jobs").waitFor();

    await job.getByRole("button", { name: "Cancel job" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel the job" }).click();
    await untilState(job, "Cancelled");
    await expect.poll(async () => field((await headgate.call("GET", `/api/v1/jobs/${number}`)).body, "state"), { timeout: PATIENCE_MS }).toBe("settled");
    const charged = await shownAmount(`/api/v1/jobs/${number}/cost`, "charged");
    await job.getByRole("definition").filter({ hasText: charged }).waitFor();
    await page.getByRole("link", { name: "Money", exact: true }).click();
    await page
      .getByRole("row", { name: new RegExp(`^Charged job ${number}:`) })
      .filter({ hasText: charged })
      .waitFor();
    await page
      .getByRole("row", { name: /^materials/ })
      .getByText(await shownAmount("/api/v1/budget/accounts/materials", "free"), { exact: true })
      .waitFor();
    expect([...complaints, ...machines.complaints]).toEqual([]);
    await close();
    await machines.close();
  });

  test("a job that the budget cannot bear is refused before it is sent, with what would fit", async () => {
    const { page, complaints, close } = await signedIn("maria", "/submit?app=heat-2d&case=small");
    await page.getByRole("textbox", { name: "Time limit" }).fill("9000h");
    const card = page.getByRole("complementary", { name: "What it costs" });
    await card
      .getByRole("alert")
      .getByText(/can commit/)
      .waitFor();
    await card.getByRole("button", { name: /^Use --time-limit/ }).click();
    await card.getByRole("alert").waitFor({ state: "detached" });
    await expect.poll(() => card.getByRole("button", { name: /^Submit/ }).getAttribute("aria-disabled"), { timeout: PATIENCE_MS }).toBeNull();
    expect(complaints).toEqual([]);
    await close();
  });

  test("a wrong code is answered with what to do", async () => {
    const { page, close } = await browser.open({ baseURL: url });
    await page.goto("/");
    await page.getByRole("textbox", { name: "One-time code" }).fill("ABCD-EFGH");
    await page.keyboard.press("Enter");
    await page.getByText(/Codes work once and for ten minutes/).waitFor();
    await close();
  });

  test.each(["/work", "/work/1", "/work/1/log", "/money", "/machines", "/submit", "/submit?app=quantum-espresso"])(
    "%s fits a phone, in the dark, without a complaint",
    async (path) => {
      const { page, complaints, close } = await signedIn("maria", path, { viewport: { width: 390, height: 844 }, colorScheme: "dark" });
      await page.getByRole("heading").first().waitFor();
      // Asked from outside: a predicate that has to wait is evaluated again inside the page, where the content policy forbids it.
      await expect.poll(() => page.evaluate("document.body.innerText.includes('Loading')"), { timeout: PATIENCE_MS }).toBe(false);
      expect(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")).toBe(0);
      expect(complaints).toEqual([]);
      await close();
    },
  );

  test("when the server goes away and comes back, the page says so and goes on by itself", async () => {
    const { page, close } = await signedIn("maria", "/work");
    await page.getByRole("status").filter({ hasText: "live" }).waitFor();
    await headgate.kill("server");
    await page.getByRole("status").filter({ hasText: "asking" }).waitFor();
    await headgate.up();
    await page.getByRole("status").filter({ hasText: "live" }).waitFor();
    await close();
  });
});
