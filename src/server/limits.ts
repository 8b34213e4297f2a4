/** The bounds of the HTTP door, in one place. Whoever meets one gets a named problem. */

const KIB = 1024;
const SECOND = 1000;

/** A request's body. Files that people write are at most this large too. */
export const BODY_BYTES_MAX = 1024 * KIB;
/** All headers of a request together, the request line included (Node's own default, said here so that it is tested). */
export const HEADER_BYTES_MAX = 16 * KIB;
/** How deep arrays and objects of a body may nest. People write five; deeper is an attack on whoever walks it. */
export const JSON_DEPTH_MAX = 64;
/** One segment of a path, e.g. an account's name. */
export const PARAM_CHARS_MAX = 400;

/** A client has this long for its headers, and for the whole request. */
export const HEADERS_MS_MAX = 10 * SECOND;
export const REQUEST_MS_MAX = 30 * SECOND;
/** How often Node looks for clients that are over those times. */
export const SLOW_CHECK_MS = 2 * SECOND;
export const KEEP_ALIVE_MS = 72 * SECOND;
export const CONNECTIONS_MAX = 1000;

/** A handler answers within this time, or the caller is told that it takes longer (504); the work itself is not cut. */
export const HANDLER_MS_MAX = 30 * SECOND;

/** How long a stopping server waits for what is under way. */
export const STOP_MS_MAX = 10 * SECOND;

/** What one token, session or JSON Web Token may ask in a second in the long run, and ten times that after a quiet time. Administrators and movements of money are not counted. */
export const REQUESTS_PER_SECOND = 100;
export const BURST_SECONDS = 10;
/** Credentials that are none, from one address: so many at once, then so many a second. A good one from there is let in all the same. */
export const REFUSED_TOKENS = { perSecond: 1, burst: 50 } as const;

/** Sign-in attempts within a minute: from one address, and from all together. 40-bit codes that live ten minutes stand that for ever. */
export const SIGN_IN_PER_ADDRESS_MAX = 10;
export const SIGN_IN_TOTAL_MAX = 100;
export const SIGN_IN_WINDOW_MS = 60 * SECOND;

/** An idempotency claim is good for this long and renewed while its work goes on; after a kill -9 it frees itself. */
export const CLAIM_MS = 60 * SECOND;
export const CLAIM_RENEW_MS = 20 * SECOND;
/** Stored answers are kept for a day: longer than any client goes on trying. */
export const ANSWER_KEPT_MS = 24 * 3600 * SECOND;

/** Server-sent events: subscribers, and what one may have waiting before it is told to look for itself. */
export const SUBSCRIBERS_MAX = 500;
export const SUBSCRIBERS_PER_PERSON_MAX = 20;
export const QUEUED_EVENTS_MAX = 256;
/** Changes are gathered for this long, so that an array of a thousand tasks is a few events and not thousands. */
export const GATHER_MS = 100;
/** More changes than this at one gathering are told as "several". */
export const GATHERED_MAX = 200;
/** Changes that a subscriber who lost the connection can still be told. */
export const REMEMBERED_EVENTS_MAX = 1000;
export const HEARTBEAT_MS = 15 * SECOND;
/** A stream ends after this time and the browser comes back: then it is asked again who it is. */
export const STREAM_MS_MAX = 15 * 60 * SECOND;
/** How old what we know of a subscriber's rights may be. */
export const RIGHTS_MS_MAX = 30 * SECOND;
