import { stringify } from "yaml";

/** A value as YAML. In a file of its own because the library takes longer to load than most commands take. */
export function yamlText(data: unknown): string {
  return stringify(data, { lineWidth: 0, aliasDuplicateObjects: false });
}
