import { Swatch, type MeterTexture } from "../ui/meter.tsx";
import styles from "./money-page.module.css";

const PARTS: readonly { readonly texture: MeterTexture | "empty"; readonly name: string; readonly means: string }[] = [
  { texture: "solid", name: "spent", means: "Charged, and gone" },
  { texture: "hatched", name: "reserved", means: "The most that jobs queued or running can cost" },
  { texture: "dotted", name: "leased", means: "Set aside for a gate that decides by itself" },
  { texture: "empty", name: "free", means: "Can still be reserved" },
];

/** What the parts of every bar are, in their order. */
export function Legend() {
  return (
    <ul className={styles.legend} aria-label="What the bars show">
      {PARTS.map((part) => (
        <li key={part.name} title={part.means}>
          <Swatch texture={part.texture} />
          {part.name}
        </li>
      ))}
    </ul>
  );
}
