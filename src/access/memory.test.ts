import { expect, test } from "vitest";
import { instant, manualClock } from "#kernel";
import { openMemory } from "./memory.ts";

function counted(): { readonly load: () => Promise<number>; readonly loads: () => number } {
  let loads = 0;
  return { load: async () => (loads += 1), loads: () => loads };
}

test("what was read is believed for a second and read once by all who ask at the same moment", async () => {
  const clock = manualClock(instant(0));
  const memory = openMemory<number>(clock);
  const { load, loads } = counted();
  expect(await Promise.all([memory.recall("maria", load), memory.recall("maria", load), memory.recall("james", load)])).toEqual([1, 1, 2]);
  clock.advance(999);
  expect(await memory.recall("maria", load)).toBe(1);
  clock.advance(1);
  expect(await memory.recall("maria", load)).toBe(3);
  clock.set(instant(500));
  expect(await memory.recall("maria", load)).toBe(4);
  expect(loads()).toBe(4);
});

test("a change is honoured at once, also by a reading that was under way", async () => {
  const memory = openMemory<number>(manualClock(instant(0)));
  const { load } = counted();
  const before = memory.recall("maria", load);
  memory.forget();
  expect([await before, await memory.recall("maria", load)]).toEqual([1, 2]);
});

test("a reading that failed is not kept", async () => {
  const memory = openMemory<number>(manualClock(instant(0)));
  await expect(memory.recall("maria", () => Promise.reject(new Error("the database is away")))).rejects.toThrow("away");
  expect(await memory.recall("maria", async () => 1)).toBe(1);
});
