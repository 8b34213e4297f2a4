import type { Books } from "#budget/model";
import { micros } from "#kernel";
import type { Dice } from "./random-asks.ts";
import type { Execute } from "./statements.ts";

/** A fault that ledgers are known for, put between the service and its storage. */
export type PlantedBug = { readonly name: string; plant(execute: Execute, books: Books, dice: Dice): Execute };

/** The five that people meet again and again in other ledgers. The simulator has to find each. */
export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: "hold not in the balance check",
    plant: (execute, books) => (text, values) => {
      if (!text.includes("hold_funded")) return execute(text, values);
      // Decided as if nothing were reserved.
      const before = books.nodes.map((node) => node.held);
      for (const node of books.nodes) node.held = micros(0n);
      const rows = execute(text, values);
      for (const [index, node] of books.nodes.entries()) node.held = micros(node.held + before[index]!);
      return rows;
    },
  },
  {
    name: "commit twice",
    plant: (execute, books) => (text, values) => {
      if (!text.includes("headgate.settle_")) return execute(text, values);
      // Nobody looks whether the attempt was charged before.
      books.attempts.clear();
      return execute(text, values);
    },
  },
  {
    name: "commit after reject",
    plant: (execute, books) => (text, values) => {
      if (!text.includes("headgate.settle_")) return execute(text, values);
      // Nobody looks whether the reservation was given back.
      const released = [...books.holds.values()].filter(({ state }) => state === "released");
      for (const hold of released) hold.state = "expired";
      const rows = execute(text, values);
      for (const hold of released) hold.state = "released";
      return rows;
    },
  },
  {
    name: "record without balance",
    plant: (execute, books, dice) => (text, values) => {
      const before = books.nodes.map(({ allocated, overrun, spent, held, leased }) => ({ allocated, overrun, spent, held, leased }));
      const rows = execute(text, values);
      // Now and then it dies between the record and the balance.
      if (dice.below(50) === 0) for (const [index, node] of books.nodes.entries()) Object.assign(node, before[index]);
      return rows;
    },
  },
  {
    name: "retry without key",
    plant: (execute) => {
      const seen = new Map<string, number>();
      return (text, values) => {
        const [document, ...rest] = values;
        if (typeof document !== "string" || !document.startsWith("[")) return execute(text, values);
        // What is sent again gets a key of its own.
        const renamed = document.replace(/"key":"([^"]*)"/g, (_all, key: string) => {
          const times = seen.get(key) ?? 0;
          seen.set(key, times + 1);
          return `"key":"${key}${times === 0 ? "" : `~${times}`}"`;
        });
        return execute(text, [renamed, ...rest]);
      };
    },
  },
];
