/** The only source of time and of order in a simulation: what is to happen, at which virtual moment; events of one moment happen in the order in which they were asked for. */
export type VirtualTime = {
  now(): number;
  after(ms: number, work: () => void): void;
  pause(ms: number): Promise<void>;
  /** Runs events until `isOver` says so; false when nothing is left to happen, or too much happened. */
  run(isOver: () => boolean, eventsMax: number, afterEach: () => void): Promise<boolean>;
};

type Event = { readonly at: number; readonly order: number; readonly work: () => void };

export function startTime(): VirtualTime {
  const heap: Event[] = [];
  let now = 0;
  let orders = 0;

  function after(ms: number, work: () => void): void {
    heap.push({ at: now + Math.max(0, ms), order: (orders += 1), work });
    rise(heap);
  }

  async function run(isOver: () => boolean, eventsMax: number, afterEach: () => void): Promise<boolean> {
    for (let events = 0; events < eventsMax; events += 1) {
      await promisesRun();
      afterEach();
      if (isOver()) return true;
      const event = take(heap);
      if (event === undefined) return false;
      now = event.at;
      event.work();
    }
    return false;
  }

  return { now: () => now, after, pause: (ms) => new Promise((resolve) => after(ms, resolve)), run };
}

/** Every promise that can go on has gone on when the real loop comes round: between two events nothing is left half done. */
function promisesRun(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function isBefore(one: Event, other: Event): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

function rise(heap: Event[]): void {
  for (let index = heap.length - 1; index > 0;) {
    const above = (index - 1) >> 1;
    if (isBefore(heap[above]!, heap[index]!)) return;
    [heap[above], heap[index]] = [heap[index]!, heap[above]!];
    index = above;
  }
}

function take(heap: Event[]): Event | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (first === undefined || last === undefined || heap.length === 0) return first;
  heap[0] = last;
  for (let index = 0; ;) {
    let least = index;
    for (const child of [2 * index + 1, 2 * index + 2]) if (child < heap.length && isBefore(heap[child]!, heap[least]!)) least = child;
    if (least === index) return first;
    [heap[least], heap[index]] = [heap[index]!, heap[least]!];
    index = least;
  }
}
