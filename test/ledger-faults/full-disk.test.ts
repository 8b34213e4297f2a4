import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { output } from "../../tools/lib/program.ts";
import { makePlace, type Place } from "../beds/embedded.ts";
import { answerOf, faultBenchOn, TO_BE_ASKED_AGAIN, type FaultBench } from "./bench.ts";
import { killPlace, type KillPlace } from "./kill-place.ts";
import { MOVEMENTS } from "./movements.ts";
import type { Outcome, Request } from "./side.ts";

const DISK_BYTES = 192 * 1024 * 1024;
const REQUESTS = 240;

let disk: Place | null = null;
let place: KillPlace;
let bench: FaultBench;

/** A disk of its own that is small enough to be filled; null where this user may not mount one. */
async function mountDisk(): Promise<Place | null> {
  const made = makePlace();
  mkdirSync(made.stateFolder);
  try {
    await output(["mount", "-t", "tmpfs", "-o", `size=${DISK_BYTES},mode=711`, "tmpfs", made.stateFolder]);
  } catch {
    await made.remove();
    return null;
  }
  const remove = async () => {
    // The server is gone by then, and with it what lay on the disk.
    await output(["umount", made.stateFolder]);
    await made.remove();
  };
  return { ...made, remove };
}

beforeAll(async () => {
  disk = await mountDisk();
  if (disk === null) return;
  place = await killPlace(disk);
  bench = await faultBenchOn(place);
}, 120_000);
afterAll(async () => {
  if (disk !== null) await bench.drop();
}, 60_000);

/** Takes all the room that is left, to the last byte. */
function fill(path: string): void {
  const file = openSync(path, "w");
  try {
    for (let size = 1024 * 1024; size >= 1;) {
      try {
        writeSync(file, Buffer.alloc(size));
      } catch {
        size = Math.floor(size / 4);
      }
    }
  } finally {
    closeSync(file);
  }
}

test("on a full disk every request is done or refused as a whole; with room again the same keys do each once", { timeout: 180_000 }, async (context) => {
  if (disk === null) return context.skip("a disk cannot be mounted by this user");
  const plain = MOVEMENTS.filter(({ name }) => !name.startsWith("expire") && !["open an account with money", "absorb an overrun"].includes(name));
  const requests: { request: Request; transactions: number; first: Outcome }[] = [];
  const made: { request: Request; transactions: number }[] = [];
  for (let index = 0; index < REQUESTS; index += 1) {
    const movement = plain[index % plain.length]!;
    made.push({ request: await movement.request(bench, `full-${index}`), transactions: movement.transactions });
  }
  const ballast = join(disk.stateFolder, "ballast");
  fill(ballast);
  for (const one of made) requests.push({ ...one, first: await bench.ask(bench.through, one.request) });
  rmSync(ballast);
  await place.bringBack();

  const codes = new Set(requests.map(({ first }) => first.code));
  expect([...codes].filter((code) => code !== null && !TO_BE_ASKED_AGAIN.includes(code))).toEqual([]);
  // Some room was left in the pages that were there; then there was none.
  expect(codes).toContain("state.disk-full");
  for (const { request, transactions, first } of requests) {
    const again = await bench.ask(bench.through, request);
    expect([request.key, again.code]).toEqual([request.key, null]);
    // A change of an account is answered with the account as it is by then.
    if (first.code === null && "replayed" in (first.answer as object))
      expect(answerOf(request.route, again.answer), request.key).toBe(answerOf(request.route, first.answer));
    expect([request.key, await bench.transactions(request)]).toEqual([request.key, transactions]);
  }
  expect(await bench.faults()).toEqual([]);
});
