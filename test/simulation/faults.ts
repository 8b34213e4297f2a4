import type { Dice } from "./random-asks.ts";

/**
 * What can go wrong, and how often at each place where it can, when a seed has it. Each seed has about half of them: a run with all faults at once hides what one alone
 * would bring about.
 */
const FAULTS = {
  "network: a message is lost": 0.03,
  "network: a message comes twice": 0.04,
  "network: a message comes late": 0.04,
  "network: messages overtake each other": 0.2,
  "network: a server cannot be reached": 0.002,
  "network: a server hears but is not heard": 0.002,
  "server: killed before a statement is sent": 0.004,
  "server: killed after the commit, before its answer": 0.004,
  "server: killed when the answer is there": 0.004,
  "server: killed while it gathers a batch": 0.003,
  "server: killed while it waits to try again": 0.2,
  "server: killed before it replies": 0.004,
  "server: stands still for a while": 0.003,
  "clock: jumps ahead": 0.002,
  "clock: jumps back": 0.002,
  "storage: cut before the commit": 0.02,
  "storage: the commit's answer is lost": 0.02,
  "storage: cut, and committed long after": 0.01,
  "storage: serialization failure": 0.02,
  "storage: no free connection": 0.02,
  "storage: away for a while": 0.001,
  "storage: slow": 0.02,
} as const;

/** Where in the calendar a seed begins: its accounts start and end around there. One of them each. */
export const EDGES = {
  "calendar: the end of a month": Date.UTC(2026, 3, 30, 23, 50),
  "calendar: the end of a year": Date.UTC(2026, 11, 31, 23, 45),
  "calendar: into a leap day": Date.UTC(2028, 1, 28, 23, 40),
  "calendar: out of a leap day": Date.UTC(2028, 1, 29, 23, 50),
  "calendar: summer time begins": Date.UTC(2026, 2, 29, 0, 50),
  "calendar: summer time ends": Date.UTC(2026, 9, 25, 0, 45),
} as const;

export type Fault = keyof typeof FAULTS;
export type Edge = keyof typeof EDGES;
export const ALL_KINDS: readonly string[] = [...Object.keys(FAULTS), ...Object.keys(EDGES)];

export type Faults = {
  readonly edge: Edge;
  /** Whether it goes wrong here; counts it when it does. */
  strikes(fault: Fault): boolean;
  /** No more of it: everybody gets to the end. */
  stop(): void;
  /** The kinds that struck in this seed. */
  struck(): readonly string[];
};

export function openFaults(dice: Dice): Faults {
  const has = new Set((Object.keys(FAULTS) as Fault[]).filter(() => dice.below(2) === 0));
  const edge = (Object.keys(EDGES) as Edge[])[dice.below(Object.keys(EDGES).length)]!;
  const struck = new Set<string>([edge]);
  let isOn = true;
  return {
    edge,
    strikes: (fault) => {
      if (!isOn || !has.has(fault) || dice.next() >= FAULTS[fault]) return false;
      struck.add(fault);
      return true;
    },
    stop: () => {
      isOn = false;
    },
    struck: () => [...struck],
  };
}
