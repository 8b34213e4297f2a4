import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BrowserContextOptions, Locator, Page } from "playwright-core";
import { build } from "vite";
import { browserBed } from "../../test/beds/browser.ts";
import { serveMock } from "../mock/http.ts";
import { makeMockApi } from "../mock/serve.ts";
import { CODES_OF, makeWorld, type World } from "../mock/world.ts";

export type Visit = { readonly page: Page; readonly world: World; readonly complaints: readonly string[]; close(): Promise<void> };
export type VisitOptions = BrowserContextOptions & { readonly person?: string; readonly empty?: boolean };

export type DashboardBed = {
  /** A browser of its own in front of a world of its own, signed in as maria unless said otherwise, at the path given. */
  visit(path: string, options?: VisitOptions): Promise<Visit>;
  /** The same without signing in. */
  visitSignedOut(path: string, options?: VisitOptions): Promise<Visit>;
  close(): Promise<void>;
};

/** The dashboard in a real browser, with the mock behind it. Built with React's development checks, whose warnings count as complaints. */
export async function dashboardBed(): Promise<DashboardBed> {
  const built = await mkdtemp(join(tmpdir(), "headgate-dashboard-"));
  await build({ configFile: fileURLToPath(new URL("../vite.config.ts", import.meta.url)), logLevel: "error", build: { outDir: built } });
  const browser = await browserBed();

  async function visitSignedOut(path: string, { person: _person, empty = false, ...context }: VisitOptions = {}): Promise<Visit> {
    const world = makeWorld({ empty });
    const { server, url } = await serveMock(makeMockApi(world), built);
    const { page, complaints, close } = await browser.open({ baseURL: url, ...context });
    await page.goto(path);
    const leave = async () => {
      await close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    };
    return { page, world, complaints, close: leave };
  }

  async function visit(path: string, options: VisitOptions = {}): Promise<Visit> {
    const there = await visitSignedOut(path, options);
    await signIn(there.page, codeOf(options.person ?? "maria"));
    return there;
  }

  return {
    visit,
    visitSignedOut,
    close: async () => {
      await browser.close();
      await rm(built, { recursive: true });
    },
  };
}

export function codeOf(person: string): string {
  const code = Object.keys(CODES_OF).find((each) => CODES_OF[each] === person);
  if (code === undefined) throw new RangeError(`the mock has no code for ${person}`);
  return code;
}

export async function signIn(page: Page, code: string): Promise<void> {
  await page.getByRole("textbox", { name: "One-time code" }).fill(code);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("navigation", { name: "Places" }).waitFor();
}

/** How far the page can be scrolled sideways; people on a phone expect 0. */
export async function sideways(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** The line of a job, on whichever shelf it stands. */
export function row(page: Page, job: string): Locator {
  return page.getByRole("row").filter({ has: page.getByRole("link", { name: new RegExp(`^Job ${job},`) }) });
}

/** What the browser itself writes for an answer that is no success: the page can neither prevent it nor is it a fault of the page. */
export function isAnswer(complaint: string): boolean {
  return /Failed to load resource: the server responded with a status of \d+/.test(complaint);
}
