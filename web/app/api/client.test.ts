import { afterEach, describe, expect, test, vi, type Mock } from "vitest";
import { accessRoutes } from "#access/contract";
import { jobRoutes } from "#job/contract";
import { Problem } from "#kernel";
import { addressOf, call } from "./client.ts";

afterEach(() => vi.unstubAllGlobals());

describe("the address of a call", () => {
  test("has its parameters filled in and escaped", () => {
    expect(addressOf(jobRoutes.show, { params: { job: "1841_7" } })).toBe("/api/v1/jobs/1841_7");
    expect(addressOf(accessRoutes.getPerson, { params: { name: "a/b" } })).toBe("/api/v1/people/a%2Fb");
  });
  test("leaves out what is not given", () => {
    expect(addressOf(jobRoutes.list, { query: { state: "running,starting", project: undefined, limit: 50 } })).toBe(
      "/api/v1/jobs?state=running%2Cstarting&limit=50",
    );
  });
});

type Fetch = (address: string, init: RequestInit) => Promise<Response>;

function answerWith(response: Response): Mock<Fetch> {
  const fetched = vi.fn<Fetch>(() => Promise.resolve(response));
  vi.stubGlobal("fetch", fetched);
  return fetched;
}

describe("a call that fails is a Problem", () => {
  test("as the server tells it, with the request id", async () => {
    const body = { code: "job.not-found", detail: "There is no job 7.", fix: "headgate job list", request_id: "r-1", facts: {} };
    answerWith(Response.json(body, { status: 404 }));
    const error = await call(jobRoutes.show, { params: { job: "7" } }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Problem);
    expect(error).toMatchObject({ code: "job.not-found", detail: "There is no job 7.", fix: "headgate job list", facts: { request_id: "r-1", status: 404 } });
  });
  test("also when a proxy answers with a page of its own", async () => {
    answerWith(new Response("<h1>Bad gateway</h1>", { status: 502, statusText: "Bad Gateway" }));
    await expect(call(jobRoutes.show, { params: { job: "7" } })).rejects.toMatchObject({ code: "internal", detail: "The server answered 502 Bad Gateway." });
  });
  test("and when nobody answers", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("fetch failed")));
    await expect(call(jobRoutes.show, { params: { job: "7" } })).rejects.toMatchObject({ code: "server.unreachable" });
  });
  test("an answer that breaks the contract is not passed on", async () => {
    answerWith(Response.json({ ended: "perhaps" }));
    await expect(call(accessRoutes.signOut, { query: {} })).rejects.toThrow("ended");
  });
});

test("a command that moves money carries the key it was given, so that sending it twice is one movement", async () => {
  const fetched = answerWith(Response.json({}, { status: 500 }));
  await call(jobRoutes.cancel, { params: { job: "7" }, body: {} }, { idempotencyKey: "k-1" }).catch(() => undefined);
  const init = fetched.mock.calls[0]?.[1];
  expect(new Headers(init?.headers).get("idempotency-key")).toBe("k-1");
});
