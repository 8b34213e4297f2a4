import type { Told } from "./event-hub.ts";
import { REMEMBERED_EVENTS_MAX } from "./limits.ts";

/**
 * The last changes that were told, so that a page which lost its connection goes on where it was. Ids are `<instance>-<number>`: a page
 * that comes back to another process, or after a restart, is found out by the first half.
 */
export type Backlog = {
  /** Remembers a change and gives the id it is told under. */
  add(told: Told): string;
  /** The id of the latest change. */
  last(): string;
  /** What was told after an id; nothing for a first visit (null), "unknown" when the id is another process's or too long ago. */
  after(id: string | null): readonly (readonly [id: string, told: Told])[] | "unknown";
};

export function openBacklog(instance: string): Backlog {
  const remembered: Told[] = [];
  let count = 0;
  const idOf = (number: number) => `${instance.slice(0, 8)}-${number}`;
  return {
    add: (told) => {
      remembered.push(told);
      if (remembered.length > REMEMBERED_EVENTS_MAX) remembered.shift();
      count += 1;
      return idOf(count);
    },
    last: () => idOf(count),
    after: (id) => {
      if (id === null) return [];
      const match = /^([0-9a-f]{8})-(\d{1,15})$/.exec(id);
      const number = Number(match?.[2]);
      const oldest = count - remembered.length;
      if (match === null || match[1] !== instance.slice(0, 8) || number < oldest || number > count) return "unknown";
      return remembered.slice(number - oldest).map((told, index) => [idOf(number + 1 + index), told] as const);
    },
  };
}
