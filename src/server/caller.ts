import type { FastifyRequest } from "fastify";
import { sessionCookieName, type Access } from "#access";
import { Problem, type Credential, type Person, type Route } from "#kernel";
import { maySignIn, mayUseCookie, type FetchHeaders } from "./guard.ts";

/** Who sends a request: the one in whose name it is done, the administrator behind it if another, and how that was proved. */
export type Caller = {
  readonly person: Person;
  readonly actor: string | null;
  readonly credential: Credential;
  /** A new secret for the session's cookie, when it is time for one. */
  readonly newSecret: string | null;
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
export async function identify(access: Access, route: Route, request: FastifyRequest): Promise<Caller | null> {
  if (route.access === "public") {
    if (route.method !== "GET" && !maySignIn(fetchHeaders(request), ownOrigin(request))) throw crossSite();
    return null;
  }
  const direct = (await byToken(access, request)) ?? (await byCookie(access, request));
  if (direct === null) throw new Problem("access.unauthenticated", { detail: "the request carries neither a token nor a session" });
  const caller = await actingFor(access, request, direct);
  if (route.access === "admin" && !caller.person.admin) {
    throw new Problem("access.forbidden", { detail: "this is for the owner of the installation and for administrators" });
  }
  return caller;
}

async function byToken(access: Access, request: FastifyRequest): Promise<Caller | null> {
  const header = request.headers.authorization;
  if (header === undefined) return null;
  const secret = BEARER.exec(header)?.[1];
  if (secret !== undefined && access.issuers.isOne(secret)) return byIssuer(access, request, secret);
  const holder = secret === undefined ? null : await access.tokens.holder(secret);
  if (holder === null) throw tokenRefused(request, { why: secret === undefined ? "form" : "unknown" });
  return { person: holder.person, actor: null, credential: { kind: "token", id: holder.id }, newSecret: null };
}

async function byIssuer(access: Access, request: FastifyRequest, token: string): Promise<Caller> {
  const judged = await access.issuers.judge(token);
  if (judged.kind === "refused") throw tokenRefused(request, { why: judged.why, issuer: judged.issuer?.slice(0, 200) ?? null, words: judged.words });
  return { person: judged.person, actor: null, credential: { kind: "jwt", id: judged.issuer }, newSecret: null };
}

/** Every refused token is answered with the same words, so that nobody learns what to forge next; the log says why. */
function tokenRefused(request: FastifyRequest, facts: Readonly<Record<string, string | null>>): Problem {
  request.log.warn({ audit: "token-refused", ...facts, address: request.ip, method: request.method, route: request.routeOptions.url }, "a token was refused");
  return new Problem("access.unauthenticated", { detail: "the token is not known here, was revoked, or has run out" });
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
