import type { ExitName } from "./problem.ts";

/** What is the same in all problems of one code. */
export type ProblemKind = {
  readonly status: number;
  readonly exit: ExitName;
  readonly title: string;
  /** What a person does about it in general; a single problem may say it more precisely. */
  readonly fix: string;
};
