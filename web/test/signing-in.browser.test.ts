import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { browserMissing } from "../../test/beds/browser.ts";
import { SENTINELS } from "../mock/world.ts";
import { codeOf, dashboardBed, isAnswer, signIn, type DashboardBed } from "./bed.ts";

let bed: DashboardBed;

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
      expect(await page.getByText("headgate login-code", { exact: true }).isVisible()).toBe(true);
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
      // The next question to the server, this one or another before it, is answered with "not signed in".
      await page.keyboard.press("w");
      await page.getByRole("heading", { name: "Sign in to Headgate" }).waitFor();
      await signIn(page, codeOf("maria"));
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
});
