import { fstatSync, writeSync } from "node:fs";
import type { Stream } from "./output.ts";

type Terminal = {
  write(text: string): boolean;
  on(event: "error", listener: (error: NodeJS.ErrnoException) => void): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
};

/**
 * stdout or stderr of this process as commands use it. Pipes and files are written directly, because Node's own stream takes longer to
 * load than most commands take; a terminal (or another device), and a pipe that does not wait, get that stream.
 */
export function descriptorStream(fd: 1 | 2, own: () => Terminal): Stream {
  let onError: ((error: NodeJS.ErrnoException) => void) | null = null;
  let slow: Terminal | null = null;
  function stream(): Terminal {
    if (slow === null) {
      slow = own();
      if (onError !== null) slow.on("error", onError);
    }
    return slow;
  }
  const device = isDevice(fd);
  return {
    on: (_event, listener) => {
      onError = listener;
      slow?.on("error", listener);
    },
    write: (text) => {
      if (device || slow !== null) return stream().write(text);
      const bytes = Buffer.from(text);
      let written = 0;
      try {
        while (written < bytes.length) written += writeSync(fd, bytes, written);
      } catch (error) {
        const failure = error as NodeJS.ErrnoException;
        // A pipe that another process made non-blocking and that is full: the stream waits for it.
        if (failure.code === "EAGAIN") return stream().write(bytes.toString("utf8", written));
        if (onError === null) throw error;
        onError(failure);
      }
      return true;
    },
    get isTTY() {
      return device && stream().isTTY === true;
    },
    get columns() {
      return device ? stream().columns : undefined;
    },
  };
}

/** Terminals are character devices, and so is /dev/null; a closed descriptor is none. */
function isDevice(fd: number): boolean {
  try {
    return fstatSync(fd).isCharacterDevice();
  } catch {
    return false;
  }
}
