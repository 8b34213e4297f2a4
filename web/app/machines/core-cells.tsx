import { Meter } from "../ui/meter.tsx";
import styles from "./machines-page.module.css";

/** Beyond this many cores a cell each would be a texture; then a bar says it better. */
const CELLS_MAX = 128;

/** One cell a core, the used ones filled. Which core does what is the system's affair: only how many is true. */
export function CoreCells({ used, whole }: { used: number; whole: number }) {
  const label = `${used} of ${whole} cores in use`;
  if (whole > CELLS_MAX) {
    return <Meter parts={used > 0 ? [{ name: "used", percent: (used / whole) * 100, texture: "solid" }] : []} label={label} height={16} />;
  }
  return (
    <span className={styles.cells} role="img" aria-label={label}>
      {Array.from({ length: whole }, (_unused, core) => (
        <span key={core} data-used={core < used || undefined} />
      ))}
    </span>
  );
}
