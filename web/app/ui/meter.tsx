import styles from "./meter.module.css";

/** How a part of a bar is drawn. One hue in three textures, so that a bar can be read in grey. */
export type MeterTexture = "solid" | "hatched" | "dotted" | "over";

export type MeterPart = { readonly name: string; readonly percent: number; readonly texture: MeterTexture };

/** One bar in parts of a whole. `label` says in words all that the bar shows; the parts are only drawn. */
export function Meter({ parts, label, height = 8 }: { parts: readonly MeterPart[]; label: string; height?: number }) {
  return (
    <div className={styles.meter} style={{ height }} role="img" aria-label={label}>
      {parts.map((part) => (
        <span key={part.name} className={styles.part} data-texture={part.texture} style={{ width: `${part.percent}%` }} />
      ))}
    </div>
  );
}

/** The swatch that stands before a part's name in a legend. */
export function Swatch({ texture }: { texture: MeterTexture | "empty" }) {
  return <span className={styles.swatch} data-texture={texture} aria-hidden="true" />;
}
