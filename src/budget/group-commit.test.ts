import { describe, expect, test } from "vitest";
import { Problem } from "#kernel";
import { groupCommit, type GroupCommitOptions } from "./group-commit.ts";

/** A writer whose batches end when the test says so. */
function stage(more: Partial<GroupCommitOptions<string, string>> = {}) {
  const batches: { asks: readonly string[]; commit(): void; fail(error: unknown): void }[] = [];
  const pauses: number[] = [];
  const group = groupCommit<string, string>({
    write: (asks) =>
      new Promise((resolve, reject) => {
        batches.push({ asks, commit: () => resolve(asks.map((ask) => `${ask}!`)), fail: reject });
      }),
    judge: (error) => (error === "again" || error === "apart" ? error : "fail"),
    batchMax: 4,
    undividedMax: 2,
    besideMin: 1,
    waitingMax: 10,
    writers: 1,
    pausesMs: [1, 2],
    pause: (ms) => Promise.resolve(void pauses.push(ms)),
    gather: (start) => start(),
    ...more,
  });
  return { group, batches, pauses };
}

/** Lets everything that can go on go on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

describe("gathering", () => {
  test("an ask that finds the writer free is written at once; what comes meanwhile goes into the next batch, in order", async () => {
    const { group, batches } = stage();
    const answers = Promise.all([group.add(["a"]), group.add(["b", "c"]), group.add(["d"])]);
    expect(batches.map(({ asks }) => asks)).toEqual([["a"]]);
    batches[0]!.commit();
    await settle();
    expect(batches.map(({ asks }) => asks)).toEqual([["a"], ["b", "c", "d"]]);
    batches[1]!.commit();
    expect(await answers).toEqual([["a!"], ["b!", "c!"], ["d!"]]);
  });

  test("what comes in one turn is written together, and closing waits for what is still being gathered", async () => {
    const starts: (() => void)[] = [];
    const { group, batches } = stage({ writers: 2, gather: (start) => starts.push(start) });
    const answers = Promise.all([group.add(["a"]), group.add(["b"])]);
    const closing = group.close();
    expect([batches, starts.length]).toEqual([[], 2]);
    for (const start of starts) start();
    expect(batches.map(({ asks }) => asks)).toEqual([["a", "b"]]);
    batches[0]!.commit();
    await closing;
    expect(await answers).toEqual([["a!"], ["b!"]]);
  });

  test("beside a batch that is on its way another begins with enough asks; fewer wait for its end, and are not forgotten", async () => {
    const { group, batches } = stage({ writers: 2, besideMin: 3 });
    const answers = Promise.all([group.add(["a"]), group.add(["b", "c"])]);
    expect(batches.map(({ asks }) => asks)).toEqual([["a"]]);
    const more = group.add(["d"]);
    expect(batches.map(({ asks }) => asks)).toEqual([["a"], ["b", "c", "d"]]);
    const last = group.add(["e"]);
    batches[1]!.commit();
    await settle();
    expect(batches.length).toBe(2);
    batches[0]!.commit();
    await settle();
    batches[2]!.commit();
    expect(await Promise.all([answers, more, last])).toEqual([[["a!"], ["b!", "c!"]], ["d!"], ["e!"]]);
  });

  test("many asks are shared out among the writers that are free, few are written together", async () => {
    const starts: (() => void)[] = [];
    const { group, batches } = stage({ writers: 2, gather: (start) => starts.push(start) });
    const many = group.add(["a", "b", "c", "d", "e", "f"]);
    starts.shift()!();
    expect(batches.map(({ asks }) => asks)).toEqual([
      ["a", "b", "c"],
      ["d", "e", "f"],
    ]);
    for (const { commit } of batches) commit();
    expect(await many).toEqual(["a!", "b!", "c!", "d!", "e!", "f!"]);
  });

  test("a batch is bounded, and so is what may wait", async () => {
    const { group, batches } = stage();
    const first = group.add(["0"]);
    const rest = group.add(["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]);
    await expect(group.add(["11"])).rejects.toMatchObject({ code: "overloaded" });
    for (let turn = 0; turn < 4; turn += 1) {
      batches[turn]!.commit();
      await settle();
    }
    expect(batches.map(({ asks }) => asks.length)).toEqual([1, 4, 4, 2]);
    expect([...(await first), ...(await rest)]).toHaveLength(11);
  });

  test("two writers have two batches on their way", async () => {
    const { group, batches } = stage({ writers: 2 });
    const answers = Promise.all([group.add(["a"]), group.add(["b"]), group.add(["c"])]);
    expect(batches.map(({ asks }) => asks)).toEqual([["a"], ["b"]]);
    batches[1]!.commit();
    await settle();
    batches[0]!.commit();
    batches[2]!.commit();
    expect(await answers).toEqual([["a!"], ["b!"], ["c!"]]);
  });

  test("closing takes nothing more and waits for what was taken", async () => {
    const { group, batches } = stage();
    const [first, second] = [group.add(["a"]), group.add(["b"])];
    let closed = false;
    const closing = group.close().then(() => (closed = true));
    await expect(group.add(["c"])).rejects.toMatchObject({ code: "interrupted" });
    batches[0]!.commit();
    await settle();
    expect(closed).toBe(false);
    batches[1]!.commit();
    await closing;
    expect([await first, await second]).toEqual([["a!"], ["b!"]]);
  });
});

describe("when a write fails", () => {
  test("an outcome that is not known is written again, the same asks, until it is", async () => {
    const { group, batches, pauses } = stage();
    const answer = group.add(["a", "b"]);
    batches[0]!.fail("again");
    await settle();
    batches[1]!.fail("again");
    await settle();
    batches[2]!.commit();
    expect([await answer, batches.map(({ asks }) => asks), pauses]).toEqual([
      ["a!", "b!"],
      [
        ["a", "b"],
        ["a", "b"],
        ["a", "b"],
      ],
      [1, 2],
    ]);
  });

  test("it gives up after its pauses, and says with what", async () => {
    const { group, batches } = stage();
    const answer = group.add(["a"]);
    for (let turn = 0; turn < 3; turn += 1) {
      batches[turn]!.fail("again");
      await settle();
    }
    await expect(answer).rejects.toBe("again");
    expect(batches).toHaveLength(3);
  });

  test("a poisoned ask fails alone: the batch is written apart", async () => {
    const { group, batches } = stage();
    const busy = group.add(["first"]);
    const [good, poisoned, alsoGood] = [group.add(["good"]), group.add(["poison"]), group.add(["also"])];
    batches[0]!.commit();
    await settle();
    batches[1]!.fail("apart");
    await settle();
    batches[2]!.commit();
    await settle();
    batches[3]!.fail("apart");
    await settle();
    batches[4]!.commit();
    await expect(poisoned).rejects.toBe("apart");
    expect([await busy, await good, await alsoGood]).toEqual([["first!"], ["good!"], ["also!"]]);
  });

  test("the next batch is not held up by one that failed", async () => {
    const { group, batches } = stage();
    const failing = group.add(["a"]);
    const next = group.add(["b"]);
    batches[0]!.fail(new Problem("state.disk-full", { detail: "full" }));
    await expect(failing).rejects.toMatchObject({ code: "state.disk-full" });
    batches[1]!.commit();
    expect(await next).toEqual(["b!"]);
  });

  test("an answer too few is a fault of ours, not a lost ask", async () => {
    const { group } = stage({ write: () => Promise.resolve([]) });
    await expect(group.add(["a"])).rejects.toMatchObject({ code: "internal" });
  });
});
