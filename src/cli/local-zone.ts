/** The time zone in which the terminal shows times; UTC where the system has none by name. */
export function localZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}
