import { describe, expect, test } from "vitest";
import type { JournalTransaction } from "#budget/contract";
import { movementOf } from "./movement.ts";

type Entry = JournalTransaction["entries"][number];

function transaction(...entries: readonly (readonly [string, Entry["pocket"], string])[]): JournalTransaction {
  return {
    number: "1",
    kind: "any",
    booked_at: "2026-11-21T12:00:00Z",
    effective_at: "2026-11-21T12:00:00Z",
    person: "maria",
    source: "server",
    why: "",
    hold_id: null,
    key: "k",
    figure: null,
    entries: entries.map(([account, pocket, amount]) => ({ account, pocket, unit: "USD", amount })),
  };
}

describe("a movement from one account's side", () => {
  test.each([
    ["a reservation", transaction(["materials", "free", "-0.004433"], ["materials", "held", "0.004433"]), "Reserved", "0.004433"],
    [
      "a settlement is told by what was charged",
      transaction(["materials", "held", "-0.004433"], ["materials", "spent", "0.000072"], ["materials", "free", "0.004361"]),
      "Charged",
      "0.000072",
    ],
    ["a release", transaction(["materials", "held", "-0.004433"], ["materials", "free", "0.004433"]), "Returned", "0.004433"],
    ["an allocation", transaction(["materials", "free", "120.00"], ["earth-sciences", "free", "-120.00"]), "Allocated", "120.00"],
    ["money taken back", transaction(["materials", "free", "-20.00"], ["earth-sciences", "free", "20.00"]), "Taken back", "20.00"],
    ["a correction of a charge", transaction(["materials", "spent", "-0.50"], ["materials", "free", "0.50"]), "Returned", "0.50"],
    ["a lease", transaction(["materials", "free", "-40.00"], ["materials", "leased", "40.00"]), "Leased", "40.00"],
  ] as const)("%s", (_name, moved, word, amount) => {
    expect(movementOf(moved, "materials")).toEqual({ word, amount });
  });
  test("is none when only others' money moved", () => {
    expect(movementOf(transaction(["climate", "free", "-1.00"], ["climate", "held", "1.00"]), "materials")).toBeNull();
  });
});
