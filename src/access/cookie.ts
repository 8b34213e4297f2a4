import { SESSION_MS } from "./session.ts";

/**
 * The name of the session's cookie. Browsers keep cookies by host and forget the port, so the port is in the name: two Headgates on one
 * machine do not sign each other out. With TLS the prefix __Host- makes browsers refuse one that another host of the domain has set.
 */
export function sessionCookieName(host: string, secure: boolean): string {
  const port = /:(\d{1,5})$/.exec(host)?.[1] ?? "";
  const name = port === "" ? "headgate_session" : `headgate_session_${port}`;
  return secure ? `__Host-${name}` : name;
}

/** The Set-Cookie value that carries a session's secret, or with `secret: null` removes it. */
export function sessionCookie(host: string, secure: boolean, secret: string | null): string {
  const age = secret === null ? 0 : Math.floor(SESSION_MS / 1000);
  return `${sessionCookieName(host, secure)}=${secret ?? ""}; Path=/; Max-Age=${age}; HttpOnly; SameSite=Strict${secure ? "; Secure" : ""}`;
}
