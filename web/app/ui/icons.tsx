import type { ReactNode } from "react";

/** Line icons on a 16-unit square, drawn in the colour of the text beside them. They never carry meaning alone: a word stands next to each. */
const PATHS = {
  cancel: <path d="M4.5 4.5l7 7M11.5 4.5l-7 7" />,
  check: <path d="M3.5 8.5l3 3 6-7" />,
  close: <path d="M4 4l8 8M12 4l-8 8" />,
  copy: <path d="M6 6h7v7H6zM10 3.5V3H3v7h.5" />,
  down: <path d="M4 6l4 4 4-4" />,
  download: <path d="M8 2.5v8M4.5 7.5L8 11l3.5-3.5M3 13.5h10" />,
  file: <path d="M4 2.5h5l3 3v8H4zM9 2.5v3h3" />,
  hourglass: <path d="M4.5 2.5h7M4.5 13.5h7M5.3 2.5c0 3 2.7 3.9 2.7 5.5s-2.7 2.5-2.7 5.5M10.7 2.5C10.7 5.5 8 6.4 8 8s2.7 2.5 2.7 5.5" />,
  keys: <path d="M2 4.5h12v7H2zM4.5 7h.01M7 7h.01M9.5 7h.01M12 7h.01M5 9.5h6" />,
  moon: <path d="M13 9.6A5.5 5.5 0 0 1 6.4 3 5.5 5.5 0 1 0 13 9.6z" />,
  next: <path d="M6 4l4 4-4 4" />,
  plus: <path d="M8 3v10M3 8h10" />,
  previous: <path d="M10 4L6 8l4 4" />,
  retry: <path d="M12.5 8a4.5 4.5 0 1 1-1.4-3.3M12.5 2.5v2.7H9.8" />,
  search: <path d="M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.4 10.4L14 14" />,
  sun: (
    <path d="M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6zM8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9" />
  ),
  system: <path d="M2 3h12v8H2zM6 13.5h4M8 11v2.5" />,
  user: <path d="M8 8a2.6 2.6 0 1 0 0-5.2A2.6 2.6 0 0 0 8 8zM3 13.5c.6-2.4 2.5-3.6 5-3.6s4.4 1.2 5 3.6" />,
  warning: <path d="M8 2.5L14 13H2zM8 6.5v3M8 11.3v.01" />,
} as const satisfies Record<string, ReactNode>;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.5}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {PATHS[name]}
    </svg>
  );
}
