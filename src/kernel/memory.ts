declare const mibBrand: unique symbol;

/** Memory in whole mebibytes, the unit of Slurm's --mem. */
export type MiB = number & { readonly [mibBrand]: "MiB" };

export function mib(value: number): MiB {
  return value as MiB;
}

/** Kibibytes in one of each suffix. Slurm reads K, M, G and T as powers of 1024; the KiB...TiB spellings mean the same. */
const KIB_PER_SUFFIX: Readonly<Record<string, number>> = { K: 1, M: 1024, G: 1024 ** 2, T: 1024 ** 3 };

/** 16 PiB, far above any machine: a bound so that a typing mistake is a fault and not an overflow. */
const MIB_MAX = 16 * 1024 ** 3;

/** Reads `512`, `512M`, `4G`, `1.5G`, `2T`, `4GiB`, `800K` (rounded up to a whole MiB); undefined for anything else, zero included. */
export function parseMemory(text: string): MiB | undefined {
  const match = /^(\d{1,12}(?:\.\d{1,3})?)\s*([KMGT])?(?:i?B)?$/i.exec(text.trim());
  if (match === null) return undefined;
  const kib = Number(match[1]) * KIB_PER_SUFFIX[(match[2] ?? "M").toUpperCase()]!;
  const value = Math.ceil(kib / 1024);
  return value < 1 || value > MIB_MAX ? undefined : mib(value);
}

export function formatMemory(memory: MiB): string {
  if (memory >= 1024 && memory % 1024 === 0) return `${memory / 1024} GiB`;
  return memory >= 10_240 ? `${(memory / 1024).toFixed(1)} GiB` : `${memory} MiB`;
}
