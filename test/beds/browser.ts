import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";

/** Debian's packages; the first is the smaller one and enough. */
const PROGRAMS = ["chromium-headless-shell", "chromium"];

export type OpenPage = {
  readonly page: Page;
  /** What the page complained about, in its own words: console errors and warnings, exceptions, requests that failed. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
};

export type BrowserBed = {
  /** A page with cookies and storage of its own. Options are Playwright's: viewport, colorScheme, reducedMotion... */
  open(options?: BrowserContextOptions): Promise<OpenPage>;
  close(): Promise<void>;
};

function browserPath(): string | null {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return PROGRAMS.flatMap((program) => folders.map((folder) => join(folder, program))).find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Why there is no browser here as one sentence, or null when there is. */
export function browserMissing(): string | null {
  return browserPath() === null ? `none of ${PROGRAMS.join(", ")} is installed` : null;
}

/** Starts a real Chromium without a window. */
export async function browserBed(): Promise<BrowserBed> {
  const executablePath = browserPath();
  if (executablePath === null) throw new Error(browserMissing() ?? "no browser");
  const browser = await chromium.launch({
    executablePath,
    // Chromium's sandbox refuses to run as root; pages of a test are our own.
    chromiumSandbox: process.getuid?.() !== 0,
    // Containers often give /dev/shm 64 MB, which is too little for a page.
    args: ["--disable-dev-shm-usage"],
  });
  return { open: (options) => openPage(browser, options), close: () => browser.close() };
}

async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<OpenPage> {
  const context = await browser.newContext({ locale: "en-US", timezoneId: "UTC", reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`exception: ${error.message}`));
  page.on("requestfailed", (request) => {
    const why = request.failure()?.errorText ?? "failed";
    // The page itself gives up requests when it is left or a newer answer is wanted.
    if (why !== "net::ERR_ABORTED") complaints.push(`request: ${request.method()} ${request.url()}: ${why}`);
  });
  return { page, complaints, close: () => context.close() };
}
