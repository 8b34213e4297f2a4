import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/**
 * Stands between a client and PostgreSQL, message by message of the wire protocol (version 3), and cuts the connection at a boundary: just before the
 * n-th message since it was armed goes on, whichever way that message goes. The boundaries of an operation are then
 * all places where a network can break: before each message reaches the server, before each answer (that of COMMIT too) reaches the client, and at the end.
 */
export type CuttingProxy = {
  /** The way to the database through the proxy. */
  readonly url: string;
  /** From now on messages are counted, and the one of that number (from 1) does not get through. `always`: nor does any later one, over any connection, until it is disarmed. */
  arm(boundary: number, how?: { readonly always?: boolean; readonly instead?: () => Promise<void> | void }): void;
  /** Lets everything through again; what was counted, and at which message the connection was cut. */
  disarm(): { readonly messages: readonly string[]; readonly cut: string | null };
  /** Cuts every connection that is open, as a network does that goes away between two requests. */
  cutIdle(): Promise<void>;
  close(): Promise<void>;
};

type Armed = {
  readonly boundary: number;
  readonly always: boolean;
  /** What happens at the boundary in place of the cut; what arrives meanwhile waits for it. */
  readonly instead: (() => Promise<void> | void) | undefined;
  readonly messages: string[];
  cut: string | null;
};

type Pair = { readonly client: Socket; readonly server: Socket; readonly ended: Promise<unknown> };

const START_UP = "start-up";

export async function cuttingProxy(at: string | (() => string)): Promise<CuttingProxy> {
  const pairs = new Set<Pair>();
  let armed: Armed | null = null;
  // A server that was killed may come back at another place.
  const current = () => (typeof at === "string" ? at : at());

  function cut({ client, server }: Pair): void {
    client.destroy();
    // What was passed on before the boundary has to arrive there, so the server's side is closed and not reset.
    server.end();
    server.resume();
  }

  /** Whether the message goes on. */
  async function passes(name: string, pair: Pair): Promise<boolean> {
    if (armed === null) return true;
    const at = armed;
    at.messages.push(name);
    if (at.messages.length < at.boundary || (at.cut !== null && !at.always)) return true;
    at.cut ??= name;
    if (at.instead !== undefined) {
      await at.instead();
      return true;
    }
    cut(pair);
    return false;
  }

  const listener = createServer((client) => {
    const server = connectTo(current());
    const ended = Promise.all([client, server].map((socket) => new Promise((resolve) => socket.once("close", resolve))));
    const pair: Pair = { client, server, ended };
    pairs.add(pair);
    void ended.then(() => pairs.delete(pair));
    for (const socket of [client, server]) socket.on("error", () => undefined);
    client.setNoDelay(true);
    server.setNoDelay(true);
    void relay(client, server, true, (name) => passes(`> ${name}`, pair));
    void relay(server, client, false, (name) => passes(`< ${name}`, pair));
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address() as AddressInfo;
  const { username, password, pathname } = new URL(current());
  return {
    url: `postgresql://${username}:${password}@127.0.0.1:${port}${pathname}`,
    arm: (boundary, { always = false, instead } = {}) => {
      armed = { boundary, always, instead, messages: [], cut: null };
    },
    disarm: () => {
      const was = armed;
      armed = null;
      return { messages: was?.messages ?? [], cut: was?.cut ?? null };
    },
    cutIdle: async () => {
      const open = [...pairs];
      open.forEach(cut);
      await Promise.all(open.map(({ ended }) => ended));
    },
    close: async () => {
      for (const pair of pairs) cut(pair);
      await new Promise<void>((resolve) => {
        listener.close(() => resolve());
      });
    },
  };
}

/** The embedded server's URL has a folder of sockets in the place of the host. */
function connectTo(url: string): Socket {
  const { hostname, port } = new URL(url);
  const host = decodeURIComponent(hostname);
  return host.startsWith("/") ? connect(`${host}/.s.PGSQL.${port}`) : connect(Number(port), host);
}

/** Passes messages on one by one, in order, until `passes` says no or a side closes. */
async function relay(from: Socket, to: Socket, fromClient: boolean, passes: (name: string) => Promise<boolean>): Promise<void> {
  let rest = Buffer.alloc(0);
  let begun = !fromClient;
  try {
    for await (const chunk of from) {
      rest = Buffer.concat([rest, chunk as Buffer]);
      for (;;) {
        // Only the first message of a client has no letter for its kind.
        const head = begun ? 1 : 0;
        if (rest.length < head + 4) break;
        const size = head + rest.readInt32BE(head);
        if (rest.length < size) break;
        const message = rest.subarray(0, size);
        rest = rest.subarray(size);
        const name = begun ? nameOf(message, fromClient) : START_UP;
        begun = true;
        if (!(await passes(name))) return;
        to.write(message);
      }
    }
  } catch {
    // The side that was cut or reset; the other is told below.
  }
  to.end();
}

const FROM_CLIENT: Readonly<Record<string, string>> = {
  P: "parse",
  B: "bind",
  D: "describe",
  E: "execute",
  S: "sync",
  Q: "query",
  p: "password",
  X: "terminate",
};
const FROM_SERVER: Readonly<Record<string, string>> = {
  "R": "authentication",
  "S": "parameter",
  "K": "key",
  "Z": "ready",
  "1": "parsed",
  "2": "bound",
  "T": "columns",
  "D": "row",
  "C": "complete",
  "E": "error",
  "N": "notice",
  "n": "no data",
};

/** A word for a message; of a simple query its first word too ("query commit"), of an end its tag ("complete COMMIT"). */
function nameOf(message: Buffer, fromClient: boolean): string {
  const kind = String.fromCharCode(message[0]!);
  const word = (fromClient ? FROM_CLIENT : FROM_SERVER)[kind] ?? kind;
  const told =
    kind === "Q" || (!fromClient && kind === "C")
      ? ` ${
          message
            .subarray(5)
            .toString("utf8")
            .split(/[\s\0]/)[0]
        }`
      : "";
  return `${word}${told}`;
}
