import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { micros, milliseconds, parseMicros, type Micros } from "#kernel";
import { asDollars, fallbackPrice, fromDollars } from "./cost.ts";

const HOUR = 3_600_000;
const usd = (text: string): Micros => parseMicros(text)!;
const work = { nodes: 1, cpus: 1, gpus: 0, partition: "main", wallTime: milliseconds(HOUR) };

describe("asbb's fallback price", () => {
  test.each([
    ["ten cents a core-hour", {}, "0.1", "0.12"],
    ["2 nodes of 4 cores for a day", { nodes: 2, cpus: 4, wallTime: milliseconds(24 * HOUR) }, "19.2", "23.04"],
    ["10 cores for a day and no hours", { cpus: 10, wallTime: milliseconds(24 * HOUR) }, "24", "28.8"],
    ["a GPU beside it", { gpus: 1 }, "2.1", "2.52"],
    ["twice in a partition of GPUs", { partition: "gpu-a100" }, "0.2", "0.24"],
    ["half as much again on AWS", { partition: "aws-c8g" }, "0.15", "0.18"],
    ["half in debug", { partition: "debug" }, "0.05", "0.06"],
    ["a cent at least", { wallTime: milliseconds(1000) }, "0.01", "0.012"],
  ])("%s", (_name, more, estimated, hold) => {
    expect(fallbackPrice({ ...work, ...more })).toMatchObject({ estimated: usd(estimated), hold: usd(hold), by: "fallback" });
  });

  test("a longer job never costs less", () => {
    fc.assert(
      fc.property(fc.nat(10 ** 9), fc.nat(10 ** 9), (one, more) => {
        const at = (ms: number) => fallbackPrice({ ...work, wallTime: milliseconds(ms) }).estimated;
        return at(one + more) >= at(one);
      }),
    );
  });
});

test("dollars go to JSON and back without loss, below a billion", () => {
  fc.assert(fc.property(fc.bigInt({ min: 0n, max: 999_999_999_999_999n }), (amount) => fromDollars(asDollars(micros(amount))) === amount));
  expect(() => asDollars(micros(1_000_000_000_000_000n))).toThrow(/too large for a number/);
});
