import { isIP } from "node:net";

/**
 * The rules that keep other web pages away from a server on one's own machine. Pure: headers in, verdict out.
 *
 * - A page of evil.example may point its own name at 127.0.0.1 (DNS rebinding) and then counts as the same origin. It cannot change the
 *   Host header, so a Host that is none of ours is refused.
 * - A page may send requests here with the cookies of a signed-in person (CSRF). Browsers say where a request comes from in
 *   Sec-Fetch-Site and Origin; what changes something must come from our own pages. Ports of one host are different origins to these
 *   headers but the same site to cookies, so SameSite alone would let another program on localhost in.
 */

/** The host without its port, lower case, without brackets; undefined when it is not a host. */
export function hostName(host: string): string | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([A-Za-z0-9._-]{1,253}))(?::\d{1,5})?$/.exec(host);
  return (match?.[1] ?? match?.[2])?.toLowerCase();
}

/** Whether a name or address means this very machine. */
export function isLoopback(name: string): boolean {
  return name === "localhost" || name === "::1" || (isIP(name) === 4 && name.startsWith("127.")) || /^::ffff:127\./i.test(name);
}

/**
 * Whether a Host header may stand on a request. Over TLS any well-formed one: the certificate proves the name before a request is sent.
 * Without TLS only names of this very machine, and bare addresses when we listen to the network: an address cannot be rebound.
 */
export function isOurHost(host: string | undefined, rule: { readonly secure: boolean; readonly addresses: boolean }): boolean {
  const name = host === undefined ? undefined : hostName(host);
  if (name === undefined) return false;
  return rule.secure || isLoopback(name) || (rule.addresses && isIP(name) !== 0);
}

export type FetchHeaders = { readonly site: string | undefined; readonly origin: string | undefined };

const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Whether a request may be let in by a cookie. Reading: not when a browser says that another site asks. Changing: only when the browser
 * says that our own page asks. `ownOrigin` is scheme and host of the request, e.g. http://127.0.0.1:8787.
 */
export function mayUseCookie(method: string, headers: FetchHeaders, ownOrigin: string): boolean {
  const { site, origin } = headers;
  if (SAFE_METHODS.has(method)) return site === undefined || site === "same-origin" || site === "none";
  if (site !== undefined) return site === "same-origin";
  return origin === ownOrigin;
}

/** Whether a request without any credential (a sign-in) may be taken: from our own page, or from no browser at all. */
export function maySignIn(headers: FetchHeaders, ownOrigin: string): boolean {
  const { site, origin } = headers;
  if (site !== undefined) return site === "same-origin";
  return origin === undefined || origin === ownOrigin;
}
