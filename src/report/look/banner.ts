import { formatMoney, parseMicros, type MoneyUnit } from "#kernel";

type Account = {
  readonly name: string;
  readonly unit: MoneyUnit;
  readonly status: string;
  readonly can_commit: string;
  readonly allocated: string;
  readonly reserved: string;
};

const SHOWN = 3;

/** One line for a login: what each project can still commit, the default first. Empty for who has no project. */
export function bannerLine(accounts: readonly Account[], preferred: string | null): string {
  const money = (text: string, unit: MoneyUnit) => formatMoney(parseMicros(text) ?? (0n as NonNullable<ReturnType<typeof parseMicros>>), unit);
  const ordered = [...accounts].toSorted((one, other) => Number(other.name === preferred) - Number(one.name === preferred));
  const words = ordered.slice(0, SHOWN).map((account) => {
    const { name, unit, status, can_commit: left, allocated, reserved } = account;
    const held = parseMicros(reserved) === 0n ? "" : `, ${money(reserved, unit)} reserved`;
    return `${name} ${money(left, unit)} left of ${money(allocated, unit)}${held}${status === "open" ? "" : `, ${status}`}`;
  });
  if (words.length === 0) return "";
  const more = accounts.length - words.length;
  return `Budget: ${words.join("; ")}${more > 0 ? `; ${more} more: headgate budget status` : ""}`;
}
