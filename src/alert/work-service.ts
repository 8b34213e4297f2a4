import { deliver, type OutboxPorts } from "./outbox-service.ts";
import { turn } from "./store.ts";
import { measureAll, type MeasurePorts } from "./use-measures.ts";

/** What has to be done again and again for alerts, by whichever worker is there. */
export type AlertWork = {
  /** Looks at the rules of balances; gives how many rang or were cleared. */
  turn(): Promise<number>;
  /** Looks at the rules of forecasts and anomalies, which takes longer. */
  measure(): Promise<number>;
  /** Sends what is due; gives how many messages arrived. */
  deliver(signal: AbortSignal): Promise<number>;
};

export function alertWork(ports: OutboxPorts & MeasurePorts): AlertWork {
  const { db, clock, source } = ports;
  return {
    turn: () => turn(db, source, clock.now()),
    measure: () => measureAll(ports),
    deliver: (signal) => deliver(ports, signal),
  };
}
