import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { browserBed, browserMissing, type BrowserBed } from "./browser.ts";

const PAGE = `<!doctype html><title>bed</title><button onclick="document.title='pressed'">press</button>
<script>if (location.search === "?faulty") { console.error("told"); throw new Error("thrown"); }</script>`;

describe.skipIf(browserMissing() !== null)("the browser bed", () => {
  let browser: BrowserBed;
  let server: Server;
  let url: string;
  beforeAll(async () => {
    server = createServer((request, response) =>
      response.writeHead(request.url?.startsWith("/favicon") ? 204 : 200, { "content-type": "text/html" }).end(PAGE),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    browser = await browserBed();
  });
  afterAll(async () => {
    await browser.close();
    server.close();
  });

  test("runs a page's script and hears no complaint of a good page", async () => {
    const { page, complaints, close } = await browser.open();
    await page.goto(url);
    await page.getByRole("button", { name: "press" }).click();
    expect(await page.title()).toBe("pressed");
    expect(complaints).toEqual([]);
    await close();
  });

  test("hears what a faulty page says", async () => {
    const { page, complaints, close } = await browser.open();
    await page.goto(`${url}?faulty`);
    expect(complaints.toSorted()).toEqual(["error: told", "exception: thrown"]);
    await close();
  });
});
