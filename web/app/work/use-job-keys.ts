import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useKeys } from "../ui/keys.ts";
import type { JobFilter } from "./filter.ts";

/** The links of all job lines, in the order they stand on the page. */
function jobLinks(): readonly HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("[data-job-link]")];
}

function numberOf(link: HTMLElement): string | undefined {
  return link.dataset["jobLink"];
}

/** The line that has the focus, else the open job's, else none. */
function currentIndex(links: readonly HTMLElement[], open: string | undefined): number {
  const focused = links.findIndex((link) => link === document.activeElement);
  return focused >= 0 ? focused : links.findIndex((link) => numberOf(link) === open);
}

/**
 * j and k (or the arrows) walk the lines. While a job is open they open its neighbour, so that many logs can be read in a row;
 * otherwise they move the focus, and Enter opens.
 */
export function useJobKeys(open: string | undefined, tab: string | undefined, filter: JobFilter): void {
  const navigate = useNavigate();

  function step(by: 1 | -1): void {
    const links = jobLinks();
    const from = currentIndex(links, open);
    const target = links[from < 0 ? (by === 1 ? 0 : links.length - 1) : from + by];
    if (target === undefined) return;
    const number = numberOf(target);
    if (open === undefined || number === undefined) target.focus();
    else if (tab === undefined) void navigate({ to: "/work/$job", params: { job: number }, search: filter, replace: true });
    else void navigate({ to: "/work/$job/$tab", params: { job: number, tab }, search: filter, replace: true });
    target.scrollIntoView({ block: "nearest" });
  }

  function close(): void {
    if (open !== undefined) void navigate({ to: "/work", search: filter });
  }

  // However the job was closed, the focus goes back to its line, where the reader came from.
  const before = useRef(open);
  useEffect(() => {
    if (open === undefined && before.current !== undefined)
      jobLinks()
        .find((link) => numberOf(link) === before.current)
        ?.focus();
    before.current = open;
  }, [open]);

  useKeys({ next: () => step(1), previous: () => step(-1), close });
}
