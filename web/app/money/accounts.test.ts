import { describe, expect, test } from "vitest";
import type { AccountView } from "#budget/contract";
import { barInWords, barOf, limitInWords } from "./accounts.ts";

const ACCOUNT: AccountView = {
  name: "materials",
  title: "Materials",
  kind: "project",
  parent: "earth-sciences",
  depth: 1,
  status: "open",
  stopped: null,
  starts_at: null,
  ends_at: null,
  slurm_account: null,
  at_risk: null,
  reserve_at: "submission",
  pi: null,
  delegates: [],
  reserve_at_from: null,
  managers: [],
  members: [],
  unit: "USD",
  allocated: "100.00",
  spent: "20.00",
  reserved: "10.00",
  leased: "5.00",
  overrun: "0.00",
  free: "65.00",
  can_commit: "65.00",
  binding: "materials",
};

describe("the bar of a budget", () => {
  test("shows spent, reserved and leased as shares of what is allocated; the rest is free", () => {
    expect(barOf(ACCOUNT)).toEqual([
      { name: "spent", percent: 20, texture: "solid" },
      { name: "reserved", percent: 10, texture: "hatched" },
      { name: "leased", percent: 5, texture: "dotted" },
    ]);
  });

  test("of an overrun account is full, and the overrun is a part of its own", () => {
    const parts = barOf({ ...ACCOUNT, spent: "120.00", reserved: "0.00", leased: "0.00", overrun: "20.00", free: "-20.00" });
    expect(parts.map((part) => part.name)).toEqual(["spent", "overrun"]);
    expect(parts.reduce((sum, part) => sum + part.percent, 0)).toBeCloseTo(100, 1);
  });

  test("keeps a part too small to measure, so that it can be drawn", () => {
    expect(barOf({ ...ACCOUNT, spent: "0.000072", reserved: "0.00", leased: "0.00" })).toEqual([{ name: "spent", percent: 0, texture: "solid" }]);
  });

  test("is told in words with every figure", () => {
    expect(barInWords("materials", ACCOUNT)).toBe("materials: $20.00 spent, $10.00 reserved, $5.00 leased, $65.00 free of $100.00");
  });
});

describe("why an account can commit less than it has", () => {
  test("nothing is said when it can commit all of it", () => {
    expect(limitInWords(ACCOUNT)).toBeNull();
  });
  test("the level above that has no more is named", () => {
    expect(limitInWords({ ...ACCOUNT, can_commit: "3.50", binding: "earth-sciences" })).toBe("can reserve $3.50 now: earth-sciences has no more");
  });
  test("a frozen account says so", () => {
    expect(limitInWords({ ...ACCOUNT, status: "frozen" })).toBe("frozen: nothing new can be reserved");
  });
  test("an account that an alert stopped says so", () => {
    expect(limitInWords({ ...ACCOUNT, stopped: "approval", can_commit: "0.00" })).toMatch(/^an alert asks for approval/);
    expect(limitInWords({ ...ACCOUNT, stopped: "pending", can_commit: "0.00" })).toMatch(/^stopped by an alert/);
  });
  test("an overrun account waits for a decision", () => {
    expect(limitInWords({ ...ACCOUNT, overrun: "1.00", can_commit: "0.00" })).toMatch(/^overrun/);
  });
});
