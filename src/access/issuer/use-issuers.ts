import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { decodeJwt, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from "jose";
import { documentOrProblem, readDocument } from "#document";
import { NAME, Problem, type Clock, type Person } from "#kernel";
import { openMemory } from "../memory.ts";
import { secretHash } from "../secret.ts";
import { issuersFaults, issuersSchema, type IssuerEntry } from "./issuers-file.ts";
import { NoKeys, openKeySet, type KeyPlace } from "./use-keys.ts";

/** Tokens that somebody else made: a university's sign-in, a CI. They name a person; what the person may do is said here alone. */

export type Issuer = Omit<IssuerEntry, "jwks_url" | "jwks_file"> & { readonly keys: KeyPlace };

/** Reads the file of issuers. Throws `file.unreadable`, and `input.invalid` with every fault. */
export async function readIssuers(path: string): Promise<readonly Issuer[]> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new Problem("file.unreadable", { detail: `${path} cannot be read: ${(cause as Error).message}`, cause });
  });
  const document = readDocument(text, path, issuersSchema);
  return documentOrProblem(document, issuersFaults(document)).issuers.map(({ jwks_url, jwks_file, ...rest }) => ({
    ...rest,
    keys: jwks_url === undefined ? { kind: "file", path: resolve(dirname(path), jwks_file ?? "") } : { kind: "url", url: jwks_url },
  }));
}

/** Why a token was refused, for the log; its caller is told nothing of it. */
export type Why = "form" | "issuer" | "algorithm" | "key" | "keys-unknown" | "signature" | "audience" | "expired" | "not-yet-valid" | "claim" | "person";

export type Judged =
  | { readonly kind: "good"; readonly person: Person; readonly issuer: string }
  | { readonly kind: "refused"; readonly issuer: string | null; readonly why: Why; readonly words: string };

export type Issuers = ReturnType<typeof openIssuers>;

export type IssuersPorts = {
  readonly clock: Clock;
  readonly say: (facts: object, words: string) => void;
  /** The person of that name; null when there is none or it is switched off. */
  readonly personOf: (name: string) => Promise<Person | null>;
};

const FORM = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/;

export function openIssuers(issuers: readonly Issuer[], { clock, say, personOf }: IssuersPorts) {
  const judged = openMemory<Judged>(clock);
  const known = new Map(
    issuers.map((issuer) => {
      const tell = (reason: string) => say({ issuer: issuer.issuer, reason }, "the keys of an issuer cannot be read");
      return [issuer.issuer, { issuer, keys: openKeySet(issuer.keys, clock, tell) }] as const;
    }),
  );

  async function judgeAnew(token: string): Promise<Judged> {
    const name = issuerOf(token);
    const found = name === null ? undefined : known.get(name);
    if (found === undefined) return { kind: "refused", issuer: name, why: name === null ? "form" : "issuer", words: "no such issuer is known here" };
    const verified = await verify(token, found.issuer, found.keys, clock);
    if ("why" in verified) return { kind: "refused", issuer: name, ...verified };
    const claimed = verified.payload[found.issuer.person_claim];
    const person = typeof claimed === "string" && NAME.test(claimed) ? await personOf(claimed) : null;
    if (person !== null) return { kind: "good", person, issuer: found.issuer.issuer };
    return { kind: "refused", issuer: name, why: "person", words: `${found.issuer.person_claim} names nobody who may sign in here` };
  }

  return {
    /** Whether a credential has the form of such a token: three parts of base64url. */
    isOne: (credential: string) => FORM.test(credential),
    /** Whom the token stands for. A verdict is remembered for a second, as with tokens of our own. */
    judge: (token: string) => judged.recall(secretHash(token).toString("latin1"), () => judgeAnew(token)),
    forget: () => judged.forget(),
  };
}

/** Who says to have made it. Nothing is believed of it but whose keys to try. */
function issuerOf(token: string): string | null {
  try {
    return decodeJwt(token).iss ?? null;
  } catch {
    return null;
  }
}

type Verified = { readonly payload: JWTPayload } | { readonly why: Why; readonly words: string };

async function verify(token: string, issuer: Issuer, keys: JWTVerifyGetKey, clock: Clock): Promise<Verified> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer: issuer.issuer,
      audience: issuer.audience,
      algorithms: issuer.algorithms,
      clockTolerance: issuer.leeway_s,
      currentDate: new Date(clock.now()),
      requiredClaims: ["exp", issuer.person_claim],
    });
    return { payload };
  } catch (error) {
    const why = whyOf(error);
    if (why === null) throw error;
    return { why, words: (error as Error).message };
  }
}

/** Null for what is a fault of ours and not of the token. */
function whyOf(error: unknown): Why | null {
  if (error instanceof NoKeys) return "keys-unknown";
  if (error instanceof errors.JWTExpired) return "expired";
  if (error instanceof errors.JWTClaimValidationFailed) return error.claim === "aud" ? "audience" : error.claim === "nbf" ? "not-yet-valid" : "claim";
  if (error instanceof errors.JOSEAlgNotAllowed) return "algorithm";
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) return "key";
  if (error instanceof errors.JWSSignatureVerificationFailed) return "signature";
  if (error instanceof errors.JOSEError) return "form";
  // A key whose kind does not go with the algorithm is found out by jose or by Web Crypto, which speak with errors of the language.
  return error instanceof TypeError || error instanceof DOMException ? "key" : null;
}
