import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import type { FastifyInstance } from "fastify";
import { Problem } from "#kernel";
import { isLoopback } from "./guard.ts";

export const PORT_DEFAULT = 8787;

/** When nobody asked for a certain port, this many from the default on are tried before the system chooses one. */
const PORTS_TRIED = 20;

/**
 * Listens on the port that was asked for, or with null on the first free one from 8787 on. Gives the port.
 * Throws `server.port-taken` and `server.address`.
 */
export async function listen(http: FastifyInstance, host: string, asked: number | null): Promise<number> {
  if (asked !== null) {
    if (await tryPort(http, host, asked)) return portOf(http);
    throw new Problem("server.port-taken", { detail: `port ${asked} of ${host} is in use by another program`, facts: { host, port: asked } });
  }
  for (let port = PORT_DEFAULT; port < PORT_DEFAULT + PORTS_TRIED; port += 1) if (await tryPort(http, host, port)) return portOf(http);
  await tryPort(http, host, 0);
  return portOf(http);
}

async function tryPort(http: FastifyInstance, host: string, port: number): Promise<boolean> {
  try {
    await http.listen({ host, port });
    return true;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "EADDRINUSE") return false;
    if (code === "EACCES")
      throw new Problem("server.address", { detail: `port ${port} may not be used by this user`, fix: "Choose a port above 1023.", cause });
    throw new Problem("server.address", { detail: `${host}:${port}: ${message}`, cause });
  }
}

function portOf(http: FastifyInstance): number {
  const address = http.server.address();
  if (typeof address === "object" && address !== null) return address.port;
  throw new Problem("server.address", { detail: "the server does not listen" });
}

export type Tls = { readonly cert: string; readonly key: string; readonly names: readonly string[] };

/** Certificate (with its chain) and key in PEM, and the names that the certificate is for. Throws `server.tls` when they cannot be read or do not belong together. */
export async function readTls(files: { readonly certificate: string; readonly key: string }): Promise<Tls> {
  try {
    const [cert, key] = await Promise.all([readFile(files.certificate, "utf8"), readFile(files.key, "utf8")]);
    createSecureContext({ cert, key });
    const names = [...(new X509Certificate(cert).subjectAltName ?? "").matchAll(/DNS:([A-Za-z0-9.-]+)/g)].map((match) => match[1]!);
    return { cert, key, names };
  } catch (cause) {
    throw new Problem("server.tls", { detail: `${files.certificate} and ${files.key}: ${(cause as Error).message}`, cause });
  }
}

/** Where commands on this machine reach the server: by a name that its certificate has when it speaks TLS, else by the address. */
export function localUrl(host: string, port: number, tlsNames: readonly string[] | null): string {
  const anywhere = host === "0.0.0.0" || host === "::";
  const address = anywhere ? "127.0.0.1" : host;
  const name = tlsNames === null || isLoopback(host) ? address : (tlsNames[0] ?? address);
  return `${tlsNames === null ? "http" : "https"}://${name.includes(":") ? `[${name}]` : name}:${port}`;
}
