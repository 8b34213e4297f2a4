import { NAME, parseMemory, type MiB, type ProblemCode } from "#kernel";

/** What a setting's text may be, and how it is read. `parse` gives undefined for what is not allowed. */
export type Kind<T> = {
  readonly parse: (text: string) => T | undefined;
  /** What is expected, for the message: "a whole number from 1 to 4096". */
  readonly words: string;
  readonly code: ProblemCode;
  /** The same said in JSON Schema, for editors. */
  readonly schema: Readonly<Record<string, unknown>>;
  readonly suggestions: readonly string[];
  /** A path is made absolute: against the file's folder, or the working folder for flags and environment. */
  readonly isPath: boolean;
};

/** A null port is the first free one from the usual one on. */
export type Address = { readonly host: string; readonly port: number | null };

function kind<T>(parse: Kind<T>["parse"], words: string, schema: Kind<T>["schema"], more: Partial<Kind<T>> = {}): Kind<T> {
  return { parse, words, schema, code: "value.invalid", suggestions: [], isPath: false, ...more };
}

export const path: Kind<string> = kind((text) => (text.includes("\0") ? undefined : text), "a path", { type: "string", minLength: 1 }, { isPath: true });

/** One line without spaces, as tokens are. */
export const secretText: Kind<string> = kind((text) => (/^[\x21-\x7E]{1,8000}$/.test(text) ? text : undefined), "a token", { type: "string" });

export const name: Kind<string> = kind(
  (text) => (NAME.test(text) ? text : undefined),
  "a name",
  { type: "string", pattern: NAME.source },
  { code: "value.name" },
);

/** An address alone, without a name before it. */
export const mailAddress: Kind<string> = kind(
  (text) => (/^[^\s@<>,;"\\]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/.test(text) ? text : undefined),
  "a mail address",
  { type: "string", format: "email" },
);

/** What useradd allows, upper case included because directories bring such names. */
export const systemUser: Kind<string> = kind(
  (text) => (/^[A-Za-z_][A-Za-z0-9_.-]{0,31}\$?$/.test(text) ? text : undefined),
  "the name of a user of this machine",
  { type: "string" },
);

export const memory: Kind<MiB> = kind(parseMemory, "an amount of memory such as 4G", { type: ["string", "integer"] }, { code: "value.memory" });

export function wholeNumber(minimum: number, maximum: number): Kind<number> {
  return kind(
    (text) => {
      const value = /^\d{1,9}$/.test(text) ? Number(text) : undefined;
      return value !== undefined && value >= minimum && value <= maximum ? value : undefined;
    },
    `a whole number from ${minimum} to ${maximum}`,
    { type: "integer", minimum, maximum },
    { code: "value.range" },
  );
}

export function oneOf<const T extends string>(values: readonly T[]): Kind<T> {
  return kind((text) => values.find((value) => value === text), `one of ${values.join(", ")}`, { type: "string", enum: values }, { suggestions: values });
}

export const address: Kind<Address> = kind(parseAddress, "host:port, such as 127.0.0.1:8787", { type: ["string", "integer"] });

/** `127.0.0.1:8787`, `[::1]:8787`, `lab.example.org:443`; a port alone (`8787`, `:8787`) means loopback. Port 0 lets the system choose. */
export function parseAddress(text: string): Address | undefined {
  const match = /^(?:(?:\[([0-9a-fA-F:.]{2,45})\]|([A-Za-z0-9.-]{1,253}))?:)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[3] ?? NaN);
  if (match === null || port > 65_535) return undefined;
  return { host: match[1] ?? match[2] ?? "127.0.0.1", port };
}

export function formatAddress({ host, port }: Address): string {
  const name = host.includes(":") ? `[${host}]` : host;
  return port === null ? `${name}, the first free port from 8787 on` : `${name}:${port}`;
}

/** A URL of one of the schemes given, without a trailing slash. */
export function url(schemes: readonly string[]): Kind<string> {
  return kind(
    (text) => {
      const scheme = URL.canParse(text) ? new URL(text).protocol.slice(0, -1) : "";
      return schemes.includes(scheme) ? text.replace(/\/+$/, "") : undefined;
    },
    `a URL beginning with ${schemes.map((scheme) => `${scheme}://`).join(" or ")}`,
    { type: "string", format: "uri" },
  );
}

/** A list in the file; in flags and environment its entries are separated by commas. */
export function list<T>(entry: Kind<T>): Kind<readonly T[]> {
  return kind(
    (text) => {
      const entries = text
        .split(",")
        .map((part) => part.trim())
        .filter((part) => part !== "")
        .map(entry.parse);
      const values = entries.filter((value) => value !== undefined);
      return values.length === entries.length ? values : undefined;
    },
    `a list, each ${entry.words}`,
    { type: "array", items: entry.schema },
    { code: entry.code, isPath: entry.isPath },
  );
}

/** An IP address or a range in CIDR form, by which a trusted proxy is named. */
export const network: Kind<string> = kind(
  (text) => (/^[0-9a-fA-F:.]{2,45}(?:\/\d{1,3})?$/.test(text) && /[.:]/.test(text) ? text : undefined),
  "an IP address or range such as 10.0.0.0/8",
  { type: "string" },
);
