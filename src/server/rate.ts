import type { Clock } from "#kernel";

/** So many requests a second in the long run, and so many at once after a quiet time. */
export type Rate = { readonly perSecond: number; readonly burst: number };

/** `wait`: after how many seconds the next is let in; 0 when this one is. `first`: this is the first that is refused since one was let in. */
export type Taken = { readonly wait: number; readonly first: boolean };

export type Buckets = { take(name: string): Taken };

/** Beyond so many names the one that asked longest ago is forgotten: it begins anew with all of its burst. */
const NAMES_MAX = 10_000;

const LET_IN: Taken = { wait: 0, first: false };

/** A token bucket for each name: it fills by the second, and each request takes one out of it. */
export function openBuckets({ perSecond, burst }: Rate, clock: Clock, namesMax = NAMES_MAX): Buckets {
  type Bucket = { left: number; at: number; refusing: boolean };
  const buckets = new Map<string, Bucket>();

  function bucketOf(name: string): Bucket {
    const known = buckets.get(name);
    // A map keeps the order in which its keys came: the one that asked last stands last.
    if (known !== undefined) buckets.delete(name);
    const bucket = known ?? { left: burst, at: clock.now(), refusing: false };
    buckets.set(name, bucket);
    if (buckets.size > namesMax) buckets.delete(buckets.keys().next().value!);
    return bucket;
  }

  function take(name: string): Taken {
    const bucket = bucketOf(name);
    const now = clock.now();
    // A clock that was put back fills nothing, and takes nothing away.
    bucket.left = Math.min(burst, bucket.left + (Math.max(0, now - bucket.at) * perSecond) / 1000);
    bucket.at = now;
    if (bucket.left >= 1) {
      bucket.left -= 1;
      bucket.refusing = false;
      return LET_IN;
    }
    const first = !bucket.refusing;
    bucket.refusing = true;
    return { wait: Math.max(1, Math.ceil((1 - bucket.left) / perSecond)), first };
  }

  return { take };
}
