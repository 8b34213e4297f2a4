import { z } from "zod";
import type { ReadDocument } from "#document";
import type { Fault } from "#kernel";

/**
 * Signatures made with a private key only. An HMAC is not among them: its key would have to be shared, and a public key taken for a shared one is the oldest forgery of
 * all. `none` is no signature.
 */
const ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"] as const;

/** An installation believes a university, a federation and a CI or two; each costs a look through the list. */
const ISSUERS_MAX = 20;
/** Clocks that are kept by NTP differ by less than a second; five minutes are for those that are not. */
const LEEWAY_S_MAX = 300;

const issuerSchema = z.strictObject({
  issuer: z.string().min(1).max(500).describe("What stands in the tokens' claim iss, letter by letter."),
  audience: z
    .string()
    .min(1)
    .max(500)
    .describe("What has to stand in their claim aud: the name of this installation there. A token for another audience is refused."),
  algorithms: z.array(z.enum(ALGORITHMS)).min(1).max(ALGORITHMS.length).default(["RS256", "ES256"]).describe("The signatures that are taken."),
  jwks_url: z.url().max(2000).optional().describe("Where the issuer publishes its keys (a JSON Web Key Set), by https; plain http only on this machine."),
  jwks_file: z.string().min(1).max(4000).optional().describe("A file with them instead, absolute or beside this one."),
  person_claim: z
    .string()
    .regex(/^[A-Za-z0-9_:/.-]{1,200}$/, "is not the name of a claim")
    .default("sub")
    .describe("The claim that names the person as Headgate does. It has to be one that a person cannot choose for herself."),
  leeway_s: z.int().min(0).max(LEEWAY_S_MAX).default(30).describe("How far the clocks may differ, in seconds."),
});

export const issuersSchema = z.strictObject({ issuers: z.array(issuerSchema).min(1).max(ISSUERS_MAX) });

export type IssuersFile = z.output<typeof issuersSchema>;
export type IssuerEntry = IssuersFile["issuers"][number];

/** What the schema cannot say. All faults, placed. */
export function issuersFaults(document: ReadDocument<IssuersFile>): Fault[] {
  const entries = document.value?.issuers ?? [];
  return entries.flatMap((entry, index) => [...keysFaults(document, entry, index), ...twiceFaults(document, entries, index)]);
}

function keysFaults(document: ReadDocument<IssuersFile>, entry: IssuerEntry, index: number): Fault[] {
  const at = ["issuers", index];
  if ((entry.jwks_url === undefined) === (entry.jwks_file === undefined)) {
    return [document.fault("key.missing", at, "the keys come from one place", { fix: "Give either jwks_url or jwks_file." })];
  }
  if (entry.jwks_url === undefined || isSafe(new URL(entry.jwks_url))) return [];
  return [
    document.fault("value.invalid", [...at, "jwks_url"], `"${entry.jwks_url}" is not https`, {
      fix: "Give an address with https: whoever can change the keys on their way can be anybody.",
    }),
  ];
}

function isSafe({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || (protocol === "http:" && ["127.0.0.1", "[::1]", "localhost"].includes(hostname));
}

function twiceFaults(document: ReadDocument<IssuersFile>, entries: readonly IssuerEntry[], index: number): Fault[] {
  const { issuer } = entries[index]!;
  if (entries.findIndex((one) => one.issuer === issuer) === index) return [];
  return [document.fault("value.duplicate", ["issuers", index, "issuer"], `the issuer "${issuer}" is there already`)];
}

/** The JSON Schema of the file, for editors. */
export function issuersJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(issuersSchema, { io: "input", target: "draft-2020-12" });
}
