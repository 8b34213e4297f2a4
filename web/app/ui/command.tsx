import { useState } from "react";
import { Icon } from "./icons.tsx";
import styles from "./command.module.css";

/** A line to type in a terminal, with a button that copies it. A long one scrolls, or where all of it should be seen is wrapped. */
export function Command({ line, wrapped = false }: { line: string; wrapped?: boolean }) {
  const [copied, setCopied] = useState(false);
  async function copy(): Promise<void> {
    // Without a secure context there is no clipboard; the text can still be selected, so nothing is promised.
    if (!("clipboard" in navigator)) return;
    await navigator.clipboard.writeText(line);
    setCopied(true);
  }
  return (
    <span className={styles.command} data-wrapped={wrapped || undefined}>
      <code>{line}</code>
      <button type="button" className={styles.copy} onClick={() => void copy()} onBlur={() => setCopied(false)} aria-label={`Copy: ${line}`}>
        <Icon name={copied ? "check" : "copy"} size={14} />
        <span role="status" className="hg-hidden">
          {copied ? "Copied" : ""}
        </span>
      </button>
    </span>
  );
}
