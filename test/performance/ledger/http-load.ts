/**
 * Callers of POST /api/v1/budget/holds in a process of their own: each holds one keep-alive connection and asks again when it is answered.
 * The requests are bytes that are prepared before the clock starts, and of an answer only its end is looked for, so that the caller costs
 * the machine little. Takes its ask as JSON in its argument; prints { granted, other, seconds, clientUs } as JSON.
 */
import { connect, type Socket } from "node:net";

export type LoadAsk = {
  readonly host: string;
  readonly port: number;
  readonly token: string;
  readonly accounts: readonly string[];
  readonly callers: number;
  readonly seconds: number;
  /** Makes the keys of this run its own. */
  readonly run: string;
};
export type LoadResult = { readonly granted: number; readonly other: number; readonly seconds: number; readonly clientUs: number };

const ask = JSON.parse(process.argv[2] ?? "") as LoadAsk;
let next = 0;
let granted = 0;
let other = 0;
const heads = ask.accounts.map((account) => {
  const body = JSON.stringify({ account, amount: "0.01", subject: "job:bench" });
  const head = `POST /api/v1/budget/holds HTTP/1.1\r\nhost: ${ask.host}:${ask.port}\r\nauthorization: Bearer ${ask.token}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nidempotency-key: `;
  return { head, tail: `\r\n\r\n${body}` };
});

const deadline = performance.now() + ask.seconds * 1000;

function call(socket: Socket): void {
  const { head, tail } = heads[(Math.random() * heads.length) | 0]!;
  socket.write(`${head}${ask.run}-${(next += 1)}${tail}`, "latin1");
}

function caller(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: ask.host, port: ask.port, noDelay: true });
    let text = "";
    socket.setEncoding("latin1");
    socket.once("connect", () => call(socket));
    socket.on("data", (chunk: string) => {
      text = text === "" ? chunk : text + chunk;
      const end = text.indexOf("\r\n\r\n");
      if (end < 0) return;
      const at = text.indexOf("content-length: ");
      if (text.length < end + 4 + Number.parseInt(text.slice(at + 16, at + 24), 10)) return;
      if (text.startsWith("HTTP/1.1 201")) granted += 1;
      else if ((other += 1) === 1) console.error(text);
      text = "";
      if (performance.now() < deadline) call(socket);
      else socket.end(resolve);
    });
    socket.once("error", reject);
  });
}

const begun = performance.now();
const used = process.cpuUsage();
await Promise.all(Array.from({ length: ask.callers }, caller));
const { user, system } = process.cpuUsage(used);
const result: LoadResult = { granted, other, seconds: (performance.now() - begun) / 1000, clientUs: (user + system) / Math.max(1, granted) };
console.log(JSON.stringify(result));
