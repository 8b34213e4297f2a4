import { z } from "zod";
import type { ProblemCode } from "#kernel";
import { innerPathFault } from "./path.ts";
import { patternFault } from "./pattern.ts";

/** Adds an issue that carries a code of the problem catalogue; `path` is below the value that is refined. */
export function refuse(context: z.RefinementCtx, code: ProblemCode, message: string, path: (string | number)[] = []): void {
  context.addIssue({ code: "custom", message, path, params: { code } });
}

/** One line of words for people. */
export function sentence(charactersMax: number): z.ZodType<string, string> {
  return z
    .string()
    .min(1)
    .max(charactersMax)
    .superRefine((text, context) => {
      if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)) refuse(context, "value.invalid", "must be one line without control characters");
    });
}

/** A path within the app's folder or the job's working folder. */
export function innerPath(): z.ZodType<string, string> {
  return z.string().superRefine((path, context) => {
    const fault = innerPathFault(path);
    if (fault !== undefined) refuse(context, "app.path", fault);
  });
}

/** A file that a package puts on the machine. */
export function installedPath(): z.ZodType<string, string> {
  return z.string().superRefine((path, context) => {
    const fault = path.startsWith("/") ? innerPathFault(path.slice(1)) : `${JSON.stringify(path)} must begin with '/'`;
    if (fault !== undefined) refuse(context, "app.path", fault);
  });
}

/** A regular expression, searched line by line; with `group`, it must have that named group. */
export function pattern(group?: string): z.ZodType<string, string> {
  return z
    .string()
    .min(1)
    .superRefine((source, context) => {
      const fault = patternFault(source, group);
      if (fault !== undefined) refuse(context, "app.pattern", fault.message);
    });
}

/** Debian's own rule for names of packages (Debian policy 5.6.1). */
export function packageNames(): z.ZodType<string[], string[]> {
  return z.array(z.string().regex(/^[a-z0-9][a-z0-9+.-]{1,99}$/, "is not the name of a Debian package")).max(16);
}

const choiceValue = z.union([z.string(), z.boolean(), z.array(z.string()).min(1).max(64)]);

/** For which values of choice and boolean parameters something is meant. */
export function whenField() {
  return z.record(z.string(), choiceValue).describe("Only when these parameters have these values.");
}
