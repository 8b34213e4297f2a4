import type { MiB } from "#kernel";
import type { KeyName, ValueOf } from "./keys.ts";
import type { Address } from "./kinds.ts";

/** A secret itself, or the file that it stands in. */
export type Secret = { readonly text: string } | { readonly file: string };

/** The settings as the rest of Headgate takes them; null where nothing is set and the reader decides. */
export type Config = {
  readonly state: string;
  readonly server: {
    readonly url: string | null;
    readonly token: string | null;
    readonly listen: Address;
    readonly tls: { readonly certificate: string; readonly key: string } | null;
    readonly trustedProxies: readonly string[];
    readonly issuers: string | null;
    readonly requestsPerSecond: number | null;
  };
  readonly database: { readonly url: string | null };
  readonly executor: { readonly cores: number | null; readonly memory: MiB | null; readonly user: string | null };
  readonly apps: { readonly folder: string; readonly path: readonly string[] };
  readonly alerts: {
    /** Null: urn:headgate. */
    readonly source: string | null;
    readonly mail: { readonly server: string; readonly from: string | null; readonly password: Secret | null } | null;
    readonly webhook: { readonly url: string; readonly secret: Secret } | null;
    readonly slack: { readonly url: Secret } | null;
  };
  readonly person: string | null;
  readonly project: string | null;
  readonly output: "table" | "json" | "yaml";
  readonly color: "auto" | "always" | "never";
};

export type Values = { readonly [K in KeyName]: ValueOf<K> | null };

/** The keys whose default is never null. */
type Always = "state" | "server.listen" | "server.trusted_proxies" | "apps.folder" | "apps.path" | "output" | "color";
export type Complete = Values & { readonly [K in Always]: ValueOf<K> };

export function toConfig(values: Complete): Config {
  const certificate = values["server.tls.certificate"];
  const key = values["server.tls.key"];
  return {
    state: values.state,
    server: {
      url: values["server.url"],
      token: values["server.token"],
      listen: values["server.listen"],
      tls: certificate !== null && key !== null ? { certificate, key } : null,
      trustedProxies: values["server.trusted_proxies"],
      issuers: values["server.issuers"],
      requestsPerSecond: values["server.requests_per_second"],
    },
    database: { url: values["database.url"] },
    executor: { cores: values["executor.cores"], memory: values["executor.memory"], user: values["executor.user"] },
    apps: { folder: values["apps.folder"], path: values["apps.path"] },
    alerts: alertsOf(values),
    person: values.person,
    project: values.project,
    output: values.output,
    color: values.color,
  };
}

function alertsOf(values: Complete): Config["alerts"] {
  const server = values["alerts.mail.server"];
  const url = values["alerts.webhook.url"];
  const secret = secretOf(values["alerts.webhook.secret"], values["alerts.webhook.secret_file"]);
  const slack = secretOf(values["alerts.slack.url"], values["alerts.slack.url_file"]);
  return {
    source: values["alerts.source"],
    mail:
      server === null
        ? null
        : { server, from: values["alerts.mail.from"], password: secretOf(values["alerts.mail.password"], values["alerts.mail.password_file"]) },
    webhook: url === null || secret === null ? null : { url, secret },
    slack: slack === null ? null : { url: slack },
  };
}

function secretOf(text: string | null, file: string | null): Secret | null {
  if (text !== null) return { text };
  return file === null ? null : { file };
}
