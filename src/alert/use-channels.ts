import { readFile } from "node:fs/promises";
import { createTransport } from "nodemailer";
import type { Clock } from "#kernel";
import { cloudEvent, slackBody, subjectOf, textOf, type Message } from "./message.ts";
import { signedHeaders } from "./sign.ts";

/** What became of sending: sent; not now; or refused in a way that will not change by itself. */
export type Sent = { readonly kind: "sent" } | { readonly kind: "failed"; readonly fault: string; readonly forGood: boolean };

/** A secret as the settings give it: in itself, from the environment, or the file it stands in, which is read each time so that it can be changed. */
export type Secret = { readonly text: string } | { readonly file: string };

export type ChannelSettings = {
  /** smtp://user@host:587 (STARTTLS where offered, demanded when there is a user) or smtps://. */
  readonly mail: { readonly server: string; readonly from: string | null; readonly password: Secret | null } | null;
  readonly webhook: { readonly url: string; readonly secret: Secret } | null;
  readonly slack: { readonly url: Secret } | null;
  /** Where messages come from: the URL of this installation, the source of its CloudEvents. */
  readonly source: string | null;
};

export type Channels = {
  /** Whether a destination can be reached by these settings. */
  has(destination: string): boolean;
  send(message: Message): Promise<Sent>;
};

/** Well below the lease of a destination, so that whoever sends still has it when it is over, and below the time that a worker has to stop. */
const SEND_MS_MAX = 15_000;

export function openChannels(settings: ChannelSettings, clock: Clock): Channels {
  const has = (destination: string): boolean => settings[channelOf(destination)] !== null;

  async function send(message: Message): Promise<Sent> {
    const channel = channelOf(message.destination);
    try {
      if (channel === "mail" && settings.mail !== null) return await sendMail(settings.mail, message);
      if (channel === "webhook" && settings.webhook !== null) {
        const body = JSON.stringify(cloudEvent(message, settings.source ?? "urn:headgate"));
        const secret = await read(settings.webhook.secret);
        const headers = signedHeaders(secret, { id: message.id, at: clock.now(), body });
        return await post(settings.webhook.url, body, { "content-type": "application/cloudevents+json; charset=utf-8", ...headers });
      }
      if (channel === "slack" && settings.slack !== null)
        return await post(await read(settings.slack.url), JSON.stringify(slackBody(message)), { "content-type": "application/json; charset=utf-8" });
      return { kind: "failed", fault: `no ${channel} is set up here`, forGood: false };
    } catch (error) {
      return { kind: "failed", fault: faultOf(error), forGood: false };
    }
  }

  return { has, send };
}

function channelOf(destination: string): "mail" | "webhook" | "slack" {
  return destination === "webhook" || destination === "slack" ? destination : "mail";
}

async function read(secret: Secret): Promise<string> {
  return "text" in secret ? secret.text : (await readFile(secret.file, "utf8")).trim();
}

/** Redirects are not followed: a signed message goes where it was sent to. */
async function post(url: string, body: string, headers: Readonly<Record<string, string>>): Promise<Sent> {
  const answer = await fetch(url, { method: "POST", body, headers, redirect: "manual", signal: AbortSignal.timeout(SEND_MS_MAX) });
  await answer.body?.cancel();
  if (answer.ok) return { kind: "sent" };
  // Too early, too many, timed out, not found, not allowed: all of these are mended by a person or by time.
  return { kind: "failed", fault: `it answered ${answer.status}`, forGood: [400, 410, 413, 415, 422].includes(answer.status) };
}

async function sendMail({ server, from, password }: NonNullable<ChannelSettings["mail"]>, message: Message): Promise<Sent> {
  const { protocol, hostname, port, username } = new URL(server);
  const secure = protocol === "smtps:";
  const transport = createTransport({
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port === "" ? (secure ? 465 : 587) : Number(port),
    secure,
    // A password never crosses a wire in clear.
    requireTLS: !secure && password !== null,
    ...(password === null ? {} : { auth: { user: decodeURIComponent(username), pass: await read(password) } }),
    connectionTimeout: SEND_MS_MAX / 2,
    greetingTimeout: SEND_MS_MAX / 2,
    socketTimeout: SEND_MS_MAX / 2,
  });
  try {
    await transport.sendMail({
      from: from ?? `headgate@${hostname}`,
      to: message.destination.slice("mail:".length),
      subject: `[headgate] ${subjectOf(message)}`.slice(0, 240),
      text: textOf(message),
      messageId: `<${message.id}@headgate>`,
      date: new Date(message.at),
      // Nobody's absence notice is to come back for it.
      headers: { "auto-submitted": "auto-generated" },
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    return { kind: "sent" };
  } catch (error) {
    const { responseCode } = error as { readonly responseCode?: number };
    return { kind: "failed", fault: faultOf(error), forGood: responseCode !== undefined && responseCode >= 550 && responseCode <= 559 };
  } finally {
    transport.close();
  }
}

/** What went wrong, without the address it went to: that may be a secret. */
function faultOf(error: unknown): string {
  const { message, cause, code } = error as { readonly message?: string; readonly cause?: { readonly code?: string }; readonly code?: string };
  const words = cause?.code ?? code ?? "";
  return `${message ?? String(error)}${words === "" ? "" : ` (${words})`}`
    .replaceAll(/https?:\/\/\S+/g, "its address")
    .replaceAll(/\s+/g, " ")
    .slice(0, 300);
}
