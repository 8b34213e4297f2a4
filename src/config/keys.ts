import {
  address,
  formatAddress,
  list,
  mailAddress,
  memory,
  name,
  network,
  oneOf,
  path,
  secretText,
  systemUser,
  url,
  wholeNumber,
  type Address,
  type Kind,
} from "./kinds.ts";

/** What a default may depend on. */
export type Surroundings = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The home folder of the user, for `~` and the XDG folders. */
  readonly home: string;
  /** The working folder, against which paths in flags and environment are made absolute. */
  readonly cwd: string;
};

/** One thing that can be set. T is what is read from its text. */
export type Key<T> = {
  readonly kind: Kind<T>;
  readonly brief: string;
  /** Environment variables besides the one made from the key's name; the first that is set counts. */
  readonly alsoFrom: readonly { readonly variable: string; readonly read: (text: string) => string | undefined }[];
  /** The flag by which every command takes it. */
  readonly flag: string | null;
  readonly fallback: (surroundings: Surroundings) => T | null;
  /** What happens without it, when `fallback` gives nothing. */
  readonly otherwise: string;
  /** How it is shown. */
  readonly show: (value: T) => string;
  /** It may hold a password: a wrong text is not quoted back. */
  readonly secret: boolean;
};

function key<T>(kind: Kind<T>, brief: string, more: Partial<Key<T>> & ({ fallback: Key<T>["fallback"] } | { otherwise: string })): Key<T> {
  return { kind, brief, alsoFrom: [], flag: null, fallback: () => null, otherwise: "", show: String, secret: false, ...more };
}

const CORES_MAX = 4096;

/** XDG folders must be absolute; anything else is ignored, as that specification says. */
function xdg(surroundings: Surroundings, variable: string, otherwise: string): string {
  const given = surroundings.environment[variable];
  return given !== undefined && given.startsWith("/") ? given : `${surroundings.home}/${otherwise}`;
}

/** The rest of such an address may be a secret. */
function originOnly(text: string): string {
  return `${new URL(text).origin}/...`;
}

/** A password in a URL is nobody's business on a screen. */
function withoutPassword(text: string): string {
  return text.replace(/^([a-z]+:\/\/[^:/@]*):[^@]*@/, "$1:***@");
}

/**
 * Every setting, by the path it has in the file. Its environment variable is HEADGATE_ and the path in capitals.
 * The file's schema, its JSON Schema, `headgate config show` and the reference are all made from this table.
 */
export const KEYS = {
  "state": key(path, "the folder of everything that is kept: database, jobs, tokens, logs", {
    fallback: (surroundings) => `${xdg(surroundings, "XDG_STATE_HOME", ".local/state")}/headgate`,
  }),
  "server.url": key(url(["http", "https"]), "the server that commands talk to", { flag: "--server", otherwise: "the server that runs on this state folder" }),
  "server.token": key(secretText, "the token that commands sign in with", {
    alsoFrom: [{ variable: "HEADGATE_TOKEN", read: (text) => text }],
    otherwise: "the owner's token of the state folder, for the server that runs there",
    show: () => "***",
    secret: true,
  }),
  "server.listen": key(address, "where the server listens; anything but loopback needs TLS or a trusted proxy", {
    flag: "--listen",
    fallback: (): Address => ({ host: "127.0.0.1", port: null }),
    show: formatAddress,
  }),
  "server.tls.certificate": key(path, "the server's certificate chain, PEM", { otherwise: "no TLS" }),
  "server.tls.key": key(path, "the private key of that certificate, PEM", { otherwise: "no TLS" }),
  "server.trusted_proxies": key(list(network), "the proxies whose word about the caller's address and TLS is taken", {
    fallback: () => [],
    show: (value) => value.join(", ") || "none",
  }),
  "server.issuers": key(path, "the file that names whose JSON Web Tokens are good here, besides tokens of our own", { otherwise: "nobody's" }),
  "server.requests_per_second": key(
    wholeNumber(1, 100_000),
    "how often one token or session may ask in the long run; administrators and movements of money are not counted",
    {
      otherwise: "100, and ten times that at once",
    },
  ),
  "database.url": key(url(["postgres", "postgresql"]), "a PostgreSQL to use", {
    alsoFrom: [{ variable: "DATABASE_URL", read: (text) => text }],
    otherwise: "an embedded PostgreSQL in the state folder",
    show: withoutPassword,
    secret: true,
  }),
  "executor.cores": key(wholeNumber(1, CORES_MAX), "how many cores of this machine jobs may use", { otherwise: "all of them" }),
  "executor.memory": key(memory, "how much memory of this machine jobs may use together", {
    otherwise: "all but a part for the system",
    show: (value) => `${value}M`,
  }),
  "executor.user": key(systemUser, "the user of this machine that jobs run as, when Headgate runs as root", { otherwise: "the user that runs Headgate" }),
  "apps.folder": key(path, "the folder of your own apps", {
    fallback: (surroundings) => `${xdg(surroundings, "XDG_DATA_HOME", ".local/share")}/headgate/apps`,
  }),
  "apps.path": key(list(path), "more folders of apps, searched before your own and the catalogue", {
    flag: "--app-path",
    fallback: () => [],
    show: (value) => value.join(", ") || "none",
  }),
  "alerts.source": key(url(["http", "https"]), "where messages about budgets say that they come from", { otherwise: "urn:headgate" }),
  "alerts.mail.server": key(url(["smtp", "smtps"]), "the mail server that sends alerts, such as smtp://user@mail.lab.example:587", {
    otherwise: "no mail is sent",
    show: withoutPassword,
    secret: true,
  }),
  "alerts.mail.from": key(mailAddress, "who such mail comes from", { otherwise: "headgate@ and the mail server's name" }),
  "alerts.mail.password": key(secretText, "the password of the mail server's user", {
    otherwise: "the one in alerts.mail.password_file, if any",
    show: () => "***",
    secret: true,
  }),
  "alerts.mail.password_file": key(path, "the file that password stands in", { otherwise: "no password" }),
  "alerts.webhook.url": key(url(["http", "https"]), "where alerts are sent as signed CloudEvents", { otherwise: "none are", show: originOnly, secret: true }),
  "alerts.webhook.secret": key(secretText, "the secret they are signed with (Standard Webhooks)", {
    otherwise: "the one in alerts.webhook.secret_file",
    show: () => "***",
    secret: true,
  }),
  "alerts.webhook.secret_file": key(path, "the file that secret stands in", { otherwise: "no secret" }),
  "alerts.slack.url": key(url(["http", "https"]), "an incoming webhook of Slack, or of what is shaped like it", {
    otherwise: "the one in alerts.slack.url_file, if any",
    show: () => "***",
    secret: true,
  }),
  "alerts.slack.url_file": key(path, "the file that address stands in, for it is a secret", { otherwise: "nothing is sent to Slack" }),
  "person": key(name, "who you are in Headgate, when it is not the owner", { flag: "--as", otherwise: "the owner" }),
  "project": key(name, "the project that pays when none is named", { otherwise: "the default project of the person" }),
  "output": key(oneOf(["table", "json", "yaml"]), "how answers are printed", { flag: "--output", fallback: () => "table" as const }),
  "color": key(oneOf(["auto", "always", "never"]), "when colours are used", {
    flag: "--no-color",
    alsoFrom: [
      { variable: "NO_COLOR", read: (text) => (text === "" ? undefined : "never") },
      { variable: "FORCE_COLOR", read: (text) => (text === "" ? undefined : text === "0" || text === "false" ? "never" : "always") },
    ],
    fallback: () => "auto" as const,
  }),
} as const;

export type KeyName = keyof typeof KEYS;
export type ValueOf<K extends KeyName> = (typeof KEYS)[K] extends Key<infer T> ? T : never;

export const KEY_NAMES = Object.keys(KEYS) as KeyName[];

/** The table without what each key's value is, for code that treats all keys alike. */
export function anyKey(keyName: KeyName): Key<unknown> {
  return KEYS[keyName] as Key<unknown>;
}

export function variableOf(keyName: KeyName): string {
  return `HEADGATE_${keyName.replaceAll(".", "_").toUpperCase()}`;
}

/** Why a text is not allowed. */
export function notAllowedWords(keyName: KeyName, given: unknown): string {
  const { kind, secret } = anyKey(keyName);
  return `${secret ? "the value" : JSON.stringify(given)} is not ${kind.words}`;
}

/** Where the file of settings is, when no other is named by HEADGATE_CONFIG or --config. */
export function configPath(surroundings: Surroundings): string {
  return `${xdg(surroundings, "XDG_CONFIG_HOME", ".config")}/headgate/config.yaml`;
}
