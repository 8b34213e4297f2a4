import type { FastifyRequest } from "fastify";
import { sessionCookieName, type Access } from "#access";
import { Problem, type Credential, type Person, type Route } from "#kernel";
import type { Buckets } from "./rate.ts";
import { maySignIn, mayUseCookie, type FetchHeaders } from "./guard.ts";

/** Who sends a request: the one in whose name it is done, the administrator behind it if another, and how that was proved. */
export type Caller = {
  readonly person: Person;
  readonly actor: string | null;
  readonly credential: Credential;
  /** A new secret for the session's cookie, when it is time for one. */
  readonly newSecret: string | null;
};

/** What identifying needs: who there is, and how often each may ask. */
export type Door = {
  readonly access: Access;
  readonly callers: Buckets;
  /** Of credentials that are none. */
  readonly addresses: Buckets;
  readonly onLimited: (by: "caller" | "address") => void;
};

/** Tokens of our own have 47 characters; those of an issuer carry what their people belong to. */
const BEARER = /^Bearer +(\S{1,8000})$/i;

/** The address of the page that a request of our own would come from. */
export function ownOrigin(request: FastifyRequest): string {
  return `${request.protocol}://${request.host}`;
}

function fetchHeaders(request: FastifyRequest): FetchHeaders {
  const site = request.headers["sec-fetch-site"];
  return { site: typeof site === "string" ? site : undefined, origin: request.headers.origin };
}

function crossSite(): Problem {
  return new Problem("access.cross-site", { detail: "the request comes from another site than this server's own pages" });
}

/**
 * Who sends the request; null on public routes. Throws `access.unauthenticated`, `access.cross-site`, and `access.forbidden` for a
 * person on an administrator's route.
 */
export async function identify(door: Door, route: Route, request: FastifyRequest): Promise<Caller | null> {
  const { access } = door;
  if (route.access === "public") {
    if (route.method !== "GET" && !maySignIn(fetchHeaders(request), ownOrigin(request))) throw crossSite();
    return null;
  }
  const direct = (await byToken(door, request)) ?? (await byCookie(access, request));
  if (direct === null) throw new Problem("access.unauthenticated", { detail: "the request carries neither a token nor a session" });
  if (!direct.person.admin && route.answeredFrom !== "journal") limitCaller(door, request, direct);
  const caller = await actingFor(access, request, direct);
  if (route.access === "admin" && !caller.person.admin) {
    throw new Problem("access.forbidden", { detail: "this is for the owner of the installation and for administrators" });
  }
  return caller;
}

async function byToken(door: Door, request: FastifyRequest): Promise<Caller | null> {
  const header = request.headers.authorization;
  if (header === undefined) return null;
  const { access } = door;
  const secret = BEARER.exec(header)?.[1];
  if (secret !== undefined && access.issuers.isOne(secret)) return byIssuer(door, request, secret);
  const holder = secret === undefined ? null : await access.tokens.holder(secret);
  if (holder === null) throw tokenRefused(door, request, { why: secret === undefined ? "form" : "unknown" });
  return { person: holder.person, actor: null, credential: { kind: "token", id: holder.id }, newSecret: null };
}

async function byIssuer(door: Door, request: FastifyRequest, token: string): Promise<Caller> {
  const judged = await door.access.issuers.judge(token);
  if (judged.kind === "refused") throw tokenRefused(door, request, { why: judged.why, issuer: judged.issuer?.slice(0, 200) ?? null, words: judged.words });
  return { person: judged.person, actor: null, credential: { kind: "jwt", id: judged.issuer }, newSecret: null };
}

/** Every refused token is answered with the same words, so that nobody learns what to forge next; the log says why. */
function tokenRefused(door: Door, request: FastifyRequest, facts: Readonly<Record<string, string | null>>): Problem {
  const { wait, first } = door.addresses.take(request.ip);
  if (wait > 0) {
    door.onLimited("address");
    if (first)
      request.log.warn({ audit: "rate-limited", address: request.ip }, "too many bad tokens from one address: no line for each of them until it has waited");
    return tooMany("too many tokens from this address that are not known here", wait);
  }
  request.log.warn({ audit: "token-refused", ...facts, address: request.ip, method: request.method, route: request.routeOptions.url }, "a token was refused");
  return new Problem("access.unauthenticated", { detail: "the token is not known here, was revoked, or has run out" });
}

function tooMany(detail: string, wait: number): Problem {
  return new Problem("overloaded", { detail, fix: `Wait ${wait} s, as Retry-After says.`, facts: { retry_after_s: wait } });
}

/** One credential is one caller, wherever it comes from: a login node's users share an address. */
function limitCaller(door: Door, request: FastifyRequest, { person, credential }: Caller): void {
  const { wait, first } = door.callers.take(`${credential.kind} ${credential.id} ${person.name}`);
  if (wait === 0) return;
  door.onLimited("caller");
  if (first) request.log.warn({ audit: "rate-limited", person: person.name, credential: credential.kind, address: request.ip }, "a caller asks too often");
  throw tooMany(`${person.name} asks more often than this server lets one ${credential.kind}`, wait);
}

async function byCookie(access: Access, request: FastifyRequest): Promise<Caller | null> {
  const secret = request.cookies[sessionCookieName(request.host, request.protocol === "https")];
  if (secret === undefined) return null;
  if (!mayUseCookie(request.method, fetchHeaders(request), ownOrigin(request))) throw crossSite();
  const holder = await access.signIn.holder(secret);
  if (holder === null)
    throw new Problem("access.unauthenticated", { detail: "the session is over", fix: "Sign in again with a new code: headgate login-code." });
  return { person: holder.person, actor: null, credential: { kind: "session", id: holder.id }, newSecret: holder.newSecret };
}

/** The header by which an administrator asks in another person's name. */
export const ACT_AS_HEADER = "headgate-act-as";

async function actingFor(access: Access, request: FastifyRequest, direct: Caller): Promise<Caller> {
  const name = request.headers[ACT_AS_HEADER];
  if (typeof name !== "string" || name === "" || name === direct.person.name) return direct;
  const person = await access.people.actFor(direct.person, name);
  request.log.info(
    { audit: "act-as", actor: direct.person.name, person: person.name, method: request.method, route: request.routeOptions.url },
    "acting for another person",
  );
  return { ...direct, person, actor: direct.person.name };
}
