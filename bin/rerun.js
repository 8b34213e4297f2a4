"use strict";
// Runs a program in our place on a Node that cannot replace its own process: same terminal, same signals, same exit code.
const { spawn } = require("node:child_process");
const { constants } = require("node:os");
const { isatty } = require("node:tty");

/** Signals that ask a program to end or to do something; the rest either cannot be caught or are about this process alone. */
const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"];

/**
 * Starts `file` with `args` and ends as it ends. Resolves when it has ended, with the exit code set; when a signal ended it, this
 * process ends by the same one, so that the shell sees what it would have seen.
 */
async function runUnder(file, args) {
  if (typeof process.execve === "function") process.execve(file, [file, ...args]);
  // A terminal sends Ctrl-C to the whole process group: the child has it already, and a second one means "at once".
  const fromTerminal = [0, 1, 2].some((fd) => isatty(fd));
  const child = spawn(file, args, { stdio: "inherit" });
  for (const signal of FORWARDED) {
    process.on(signal, () => {
      if (!(fromTerminal && (signal === "SIGINT" || signal === "SIGQUIT"))) child.kill(signal);
    });
  }
  const { code, signal, error } = await new Promise((resolve) => {
    child.once("error", (failure) => resolve({ code: 1, signal: null, error: failure }));
    child.once("exit", (status, by) => resolve({ code: status, signal: by, error: null }));
  });
  if (error !== null) process.stderr.write(`error  ${file} cannot be started: ${error.message}\n`);
  if (signal === null) {
    process.exitCode = code;
    return;
  }
  for (const one of FORWARDED) process.removeAllListeners(one);
  process.exitCode = 128 + constants.signals[signal];
  process.kill(process.pid, signal);
}

exports.runUnder = runUnder;
