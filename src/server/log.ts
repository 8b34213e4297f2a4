import { randomUUID } from "node:crypto";
import { pino, type DestinationStream, type Logger } from "pino";

export type LogOptions = { readonly level: "debug" | "info" | "warn" | "error" | "silent"; readonly version: string; readonly destination?: DestinationStream };

/** What never reaches a log, wherever it should turn up. Our own lines name no header at all; this is the second fence. */
const SECRETS = ["authorization", "cookie", "set-cookie", "secret", "password"].flatMap((key) => [`["${key}"]`, `*["${key}"]`, `*.headers["${key}"]`]);

/** The server's log: one JSON object a line, time in RFC 3339 UTC. */
export function openLog(options: LogOptions): Logger {
  const settings = {
    level: options.level,
    base: { version: options.version, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: SECRETS, censor: "[secret]" },
  };
  return options.destination === undefined ? pino(settings) : pino(settings, options.destination);
}

const REQUEST_ID = /^[A-Za-z0-9._-]{8,64}$/;

/** The caller's own request id when it is a sane one, so that its log and ours can be laid side by side; else a new one. */
export function requestIdOf(header: string | string[] | undefined): string {
  return typeof header === "string" && REQUEST_ID.test(header) ? header : randomUUID();
}
