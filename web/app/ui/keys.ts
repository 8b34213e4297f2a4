import { useEffect, useRef, useSyncExternalStore } from "react";

/** What each key does, in the order the help shows it. The one list: the help is drawn from it and pages bind by it. */
export const KEYS = {
  next: { keys: ["j", "ArrowDown"], shown: ["j", "↓"], does: "Next job" },
  previous: { keys: ["k", "ArrowUp"], shown: ["k", "↑"], does: "Previous job" },
  open: { keys: [], shown: ["Enter"], does: "Open the job that has the focus" },
  close: { keys: ["Escape"], shown: ["Esc"], does: "Close the job, the dialog or the menu" },
  search: { keys: ["/"], shown: ["/"], does: "Filter the jobs" },
  submit: { keys: ["n"], shown: ["n"], does: "Submit a job" },
  work: { keys: ["w"], shown: ["w"], does: "Go to Work" },
  money: { keys: ["m"], shown: ["m"], does: "Go to Money" },
  machines: { keys: ["c"], shown: ["c"], does: "Go to Machines" },
  scheme: { keys: ["t"], shown: ["t"], does: "Light or dark" },
  help: { keys: ["?"], shown: ["?"], does: "Show these keys" },
} as const;

export type KeyAction = keyof typeof KEYS;

const STORAGE_KEY = "headgate-single-keys";

/**
 * Single keys can be switched off (WCAG 2.1.4): who dictates or presses keys by accident must not start things.
 * Escape stays, as everywhere.
 */
let enabled = readEnabled();
const watchers = new Set<() => void>();

function readEnabled(): boolean {
  try {
    return localStorage.getItem(STORAGE_KEY) !== "off";
  } catch {
    return true;
  }
}

export function setSingleKeys(on: boolean): void {
  enabled = on;
  try {
    localStorage.setItem(STORAGE_KEY, on ? "on" : "off");
  } catch {
    // Storage may be forbidden; the choice then holds for this page only.
  }
  for (const watcher of watchers) watcher();
}

export function useSingleKeys(): boolean {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => enabled,
  );
}

/** True where keys mean text, or where an open dialog or menu has them. */
function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    target.closest("input, textarea, select, [role='dialog'], [role='menu'], [role='listbox'], [role='tablist'], [role='log']") !== null
  );
}

/** Binds actions to their keys for as long as the component is shown. */
export function useKeys(actions: Partial<Record<KeyAction, () => void>>): void {
  const latest = useRef(actions);
  useEffect(() => {
    latest.current = actions;
  });
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent): void {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const action = actionOf(event);
      const run = action === undefined ? undefined : latest.current[action];
      if (run === undefined) return;
      event.preventDefault();
      run();
    }
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
}

function actionOf(event: KeyboardEvent): KeyAction | undefined {
  const inText = isTyping(event.target);
  for (const action of Object.keys(KEYS) as KeyAction[]) {
    const keys: readonly string[] = KEYS[action].keys;
    if (!keys.includes(event.key)) continue;
    if (event.key === "Escape")
      return event.target instanceof HTMLElement && event.target.closest("[role='dialog'], [role='menu'], [role='listbox']") !== null ? undefined : action;
    if (inText || (!enabled && event.key.length === 1)) return undefined;
    return action;
  }
  return undefined;
}
