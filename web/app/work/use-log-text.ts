import { useEffect, useState } from "react";
import { jobRoutes } from "#job/contract";
import { readText } from "../api/client.ts";

/** The page begins this far before the end of the log, and keeps at most twice as much: more text makes a browser slow, not a reader wiser. */
const TAIL_BYTES = 256 * 1024;
const KEPT_LENGTH_MAX = 2 * TAIL_BYTES;

/** A tail begins at the start of a line, so it may be shorter than asked for by a line; longer ones are not printed by people's programs. */
const LINE_BYTES_MAX = 4096;

/** A program that prints fast is shown in steps of this length rather than at each byte. */
const SHOW_EVERY_MS = 100;

export type LogText = { readonly text: string; readonly cut: boolean; readonly ended: boolean; readonly error: unknown };

const NOTHING: LogText = { text: "", cut: false, ended: false, error: null };

/** The last part of a job's log, growing while it runs. */
export function useLogText(job: string, follow: boolean): LogText {
  const [log, setLog] = useState(NOTHING);
  useEffect(() => {
    const abort = new AbortController();
    let [text, cut, timer] = ["", false, undefined as ReturnType<typeof setTimeout> | undefined];
    // The server answers with the last part only; when it sends about all it was asked for, there was more before it.
    const long = () => cut || text.length > TAIL_BYTES - LINE_BYTES_MAX;
    const show = (ended: boolean) => {
      clearTimeout(timer);
      timer = undefined;
      setLog({ text, cut: long(), ended, error: null });
    };
    async function read(): Promise<void> {
      for await (const chunk of readText(jobRoutes.log, { params: { job }, query: { tail_bytes: TAIL_BYTES, follow: String(follow) } }, abort.signal)) {
        [text, cut] = keepTail(text + chunk, cut);
        timer ??= setTimeout(() => show(false), SHOW_EVERY_MS);
      }
      show(true);
    }
    read().catch((error: unknown) => {
      clearTimeout(timer);
      if (!abort.signal.aborted) setLog({ text, cut, ended: true, error });
    });
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [job, follow]);
  return log;
}

/** Keeps the last part, from the start of a line. */
export function keepTail(text: string, cut: boolean): [string, boolean] {
  if (text.length <= KEPT_LENGTH_MAX) return [text, cut];
  const from = text.indexOf("\n", text.length - KEPT_LENGTH_MAX / 2);
  return [text.slice(from + 1), true];
}
