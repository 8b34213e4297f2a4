export const PATH_CHARACTERS_MAX = 200;

/** Why a path within a folder cannot be used, or undefined: it must stay inside, and look the same to every tool that meets it. */
export function innerPathFault(path: string): string | undefined {
  if (path.length === 0 || path.length > PATH_CHARACTERS_MAX) return `a path has 1 to ${PATH_CHARACTERS_MAX} characters`;
  if (path.startsWith("/")) return `${JSON.stringify(path)} is not within the folder`;
  if (!/^[A-Za-z0-9_.@+=,{} /-]+$/.test(path)) return `${JSON.stringify(path)} has characters other than letters, digits, _ . @ + = , - and /`;
  const parts = path.split("/");
  if (parts.some((part) => part === "" || part === "." || part === "..")) return `${JSON.stringify(path)} has an empty part, '.' or '..'`;
  if (parts.some((part) => part.startsWith("-"))) return `${JSON.stringify(path)} has a part that begins with '-'`;
  return undefined;
}
