import type { ReactNode } from "react";
import type { Mark, Shape } from "./mark.ts";
import styles from "./state-mark.module.css";

const SHAPES: Readonly<Record<Shape, ReactNode>> = {
  play: <path d="M4.5 2.8v8.4l7-4.2z" fill="currentColor" />,
  ring: <circle cx="7" cy="7" r="4.5" />,
  clock: (
    <>
      <circle cx="7" cy="7" r="5" />
      <path d="M7 4.3V7l1.8 1.3" />
    </>
  ),
  check: <path d="M2.8 7.5l2.8 2.8 5.6-6.3" />,
  cross: <path d="M3.3 3.3l7.4 7.4M10.7 3.3l-7.4 7.4" />,
  slash: (
    <>
      <circle cx="7" cy="7" r="5" />
      <path d="M3.6 10.4l6.8-6.8" />
    </>
  ),
  hourglass: <path d="M3.5 2h7M3.5 12h7M4.3 2c0 3 2.7 3.5 2.7 5s-2.7 2-2.7 5M9.7 2c0 3-2.7 3.5-2.7 5s2.7 2 2.7 5" />,
  question: (
    <>
      <path d="M7 1.3l6 10.9H1z" />
      <path d="M7 5.2v3M7 10.1v.01" />
    </>
  ),
  stop: (
    <>
      <path d="M4.7 1.5h4.6l3.2 3.2v4.6l-3.2 3.2H4.7L1.5 9.3V4.7z" />
      <path d="M4.5 7h5" />
    </>
  ),
};

/** A state as shape and word. */
export function StateMark({ mark }: { mark: Mark }) {
  return (
    <span className={styles.mark} data-tone={mark.tone}>
      <svg
        className={styles.shape}
        viewBox="0 0 14 14"
        fill="none"
        stroke="currentColor"
        strokeWidth={1.6}
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
      >
        {SHAPES[mark.shape]}
      </svg>
      <span>{mark.word}</span>
    </span>
  );
}
