import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

/** A figure that another room reads when somebody asks, most of them from the database; `label` names what its values are split by. */
export type GaugePort = {
  /** With its unit, e.g. headgate_jobs or headgate_reserved_dollars. */
  readonly name: string;
  readonly help: string;
  /** Never a person, a job or anything else of which there can be many: each value is a series that Prometheus keeps. */
  readonly label: string | null;
  /** True for what only grows while the process runs. */
  readonly counts?: boolean;
  read(): Promise<readonly { readonly of: string; readonly value: number }[]>;
};

export type MetricsPorts = {
  readonly gauges: readonly GaugePort[];
  /** The connections of the database pool. */
  readonly pool: () => { readonly open: number; readonly idle: number; readonly waiting: number };
  readonly streams: () => number;
};

export type Metrics = {
  readonly contentType: string;
  requestStarted(): void;
  requestEnded(route: string, status: number, seconds: number): void;
  /** A request was refused because there were too many: of its caller, or of bad credentials from its address. */
  requestLimited(by: "caller" | "address"): void;
  text(): Promise<string>;
  close(): void;
};

/** Answers are mostly a few milliseconds; the last bounds are those of the handler's own limit. */
const LATENCY_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** The figures of one server: its own registry, so that two servers in one process do not mix. */
export function openMetrics(ports: MetricsPorts): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: "headgate_", eventLoopMonitoringPrecision: 20 });
  const requests = new Counter({
    name: "headgate_http_requests_total",
    help: "Requests answered, by route and status.",
    labelNames: ["route", "status"],
    registers,
  });
  const latency = new Histogram({
    name: "headgate_http_request_duration_seconds",
    help: "Time from the request to the end of its answer.",
    labelNames: ["route"],
    buckets: LATENCY_BUCKETS_S,
    registers,
  });
  const inFlight = new Gauge({ name: "headgate_http_requests_in_flight", help: "Requests being answered now, streams included.", registers });
  const limited = new Counter({
    name: "headgate_http_rate_limited_total",
    help: "Requests refused because there were too many: of one caller, or of bad credentials from one address.",
    labelNames: ["by"],
    registers,
  });
  const failures = new Counter({
    name: "headgate_gauge_failures_total",
    help: "Figures that could not be read when they were asked for.",
    labelNames: ["gauge"],
    registers,
  });
  new Gauge({
    name: "headgate_db_connections",
    help: "Connections of the database pool: open, idle among them, and pieces of work waiting for one.",
    labelNames: ["state"],
    registers,
    collect() {
      for (const [state, count] of Object.entries(ports.pool())) this.set({ state }, count);
    },
  });
  new Gauge({
    name: "headgate_event_streams",
    help: "Callers that follow /api/v1/events.",
    registers,
    collect() {
      this.set(ports.streams());
    },
  });
  for (const port of ports.gauges) addFigure(port, registers, (gauge) => failures.inc({ gauge }));
  return {
    contentType: registry.contentType,
    requestStarted: () => inFlight.inc(),
    requestEnded: (route, status, seconds) => {
      inFlight.dec();
      requests.inc({ route, status: String(status) });
      latency.observe({ route }, seconds);
    },
    requestLimited: (by) => limited.inc({ by }),
    text: () => registry.metrics(),
    close: () => registry.clear(),
  };
}

function addFigure(port: GaugePort, registers: Registry[], onFailure: (name: string) => void): void {
  const settings = { name: port.name, help: port.help, labelNames: port.label === null ? [] : [port.label], registers };
  const labels = (of: string): Record<string, string> => (port.label === null ? {} : { [port.label]: of });
  /** One figure that cannot be read must not hide the others; that it could not is a figure too. */
  async function values(): Promise<readonly { readonly of: string; readonly value: number }[]> {
    try {
      return await port.read();
    } catch {
      onFailure(port.name);
      return [];
    }
  }
  if (port.counts === true) {
    new Counter({
      ...settings,
      async collect() {
        const found = await values();
        this.reset();
        for (const { of, value } of found) this.inc(labels(of), value);
      },
    });
    return;
  }
  new Gauge({
    ...settings,
    async collect() {
      const found = await values();
      this.reset();
      for (const { of, value } of found) this.set(labels(of), value);
    },
  });
}
