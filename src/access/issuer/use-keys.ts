import { readFile, stat } from "node:fs/promises";
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import { z } from "zod";
import type { Clock, Instant } from "#kernel";
import { areKeysGood, isReadingDue } from "./key-age.ts";

/** An issuer has a few keys of at most some kilobytes each. */
const KEYS_MAX = 100;
const KEY_SET_BYTES_MAX = 256 * 1024;
/** A caller waits for it. */
const READ_MS_MAX = 3_000;

const keySetShape = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(KEYS_MAX) });

export type KeyPlace = { readonly kind: "url"; readonly url: string } | { readonly kind: "file"; readonly path: string };

/** No keys are known, or none that are young enough. */
export class NoKeys extends Error {}

async function readPlace(place: KeyPlace): Promise<JSONWebKeySet> {
  const text = place.kind === "file" ? await readBounded(place.path) : await fetchBounded(place.url);
  return keySetShape.parse(JSON.parse(text));
}

async function readBounded(path: string): Promise<string> {
  if ((await stat(path)).size > KEY_SET_BYTES_MAX) throw new Error(`${path} has more than ${KEY_SET_BYTES_MAX} bytes`);
  return readFile(path, "utf8");
}

async function fetchBounded(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(READ_MS_MAX), redirect: "error", headers: { accept: "application/json" } });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > KEY_SET_BYTES_MAX) throw new Error(`${url} sent more than ${KEY_SET_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** The keys of one issuer, read and kept as key-age.ts tells. The result chooses a token's key; it throws NoKeys, and jose's errors when none fits. */
export function openKeySet(place: KeyPlace, clock: Clock, onFailure: (words: string) => void): JWTVerifyGetKey {
  let kept: { readonly choose: JWTVerifyGetKey; readonly readAt: Instant } | null = null;
  let triedAt: Instant | null = null;
  let reading: Promise<void> | null = null;

  async function read(): Promise<void> {
    triedAt = clock.now();
    try {
      kept = { choose: createLocalJWKSet(await readPlace(place)), readAt: clock.now() };
    } catch (error) {
      onFailure(error instanceof Error ? error.message : String(error));
    }
  }

  /** Callers at the same moment share one reading. */
  async function readIfDue(unknownKey: boolean): Promise<void> {
    if (reading === null && isReadingDue({ readAt: kept?.readAt ?? null, triedAt }, clock.now(), unknownKey)) {
      reading = read().finally(() => {
        reading = null;
      });
    }
    await reading;
  }

  function current(): JWTVerifyGetKey {
    if (kept === null || !areKeysGood(kept.readAt, clock.now())) throw new NoKeys("the issuer's keys cannot be read");
    return kept.choose;
  }

  return async (header, token) => {
    await readIfDue(false);
    try {
      return await current()(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await readIfDue(true);
      return current()(header, token);
    }
  };
}
