// A lock between processes that set the same clone up. It is flock(2) on an open file, which the kernel gives back when its last holder
// ends in whatever way; a program that works under it inherits the file, so that the lock outlives one of us that was killed meanwhile.
import { spawn } from "node:child_process";
import { closeSync, fstatSync, openSync, rmSync, statSync } from "node:fs";

/** flock(1) of util-linux on our open file: Node cannot call flock itself. @returns {Promise<boolean>} whether it is ours */
function flock(descriptor, args) {
  return new Promise((resolve, reject) => {
    const child = spawn("flock", [...args, "3"], { stdio: ["ignore", "ignore", "ignore", descriptor] });
    // Without that program two at once are not kept apart; whatever else misses it says so.
    child.once("error", (error) => (error.code === "ENOENT" ? resolve(true) : reject(error)));
    child.once("exit", (code) => resolve(code === 0));
  });
}

function isInPlace(descriptor, path) {
  const [open, named] = [fstatSync(descriptor), statSync(path, { throwIfNoEntry: false })];
  return named !== undefined && named.ino === open.ino && named.dev === open.dev;
}

/**
 * Takes the lock `path`; when another process has it, `onWait` is told and it is waited for. Who lets go takes the file along, and who
 * got the lock of a file that is gone begins again with a new one.
 * @param {string} path
 * @param {{ secondsMax: number, onWait: () => void }} options
 * @returns {Promise<{ descriptor: number, release: () => void }>} `descriptor` is to be inherited by programs that work under the lock
 */
export async function lock(path, { secondsMax, onWait }) {
  const until = Date.now() + secondsMax * 1000;
  let told = false;
  while (Date.now() < until) {
    const descriptor = open(path);
    let held = await flock(descriptor, ["--exclusive", "--nonblock"]);
    if (!held) {
      if (!told) onWait();
      told = true;
      held = await flock(descriptor, ["--exclusive", "--wait", String(Math.ceil((until - Date.now()) / 1000))]);
    }
    if (held && isInPlace(descriptor, path)) {
      const release = () => {
        if (isInPlace(descriptor, path)) rmSync(path, { force: true });
        closeSync(descriptor);
      };
      return { descriptor, release };
    }
    closeSync(descriptor);
  }
  throw new Error(`another process has held ${path} for ${Math.round(secondsMax / 60)} minutes`);
}

function open(path) {
  try {
    return openSync(path, "a", 0o600);
  } catch (error) {
    throw new Error(`${path} cannot be written: ${error.message}`, { cause: error });
  }
}
