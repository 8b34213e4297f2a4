import { Button, Tooltip, type ButtonProps } from "@mantine/core";
import { useId, type ComponentPropsWithoutRef } from "react";

type ReasonedButtonProps = ButtonProps & Omit<ComponentPropsWithoutRef<"button">, keyof ButtonProps> & { readonly reason: string | null };

/**
 * A button that, when it cannot be used, stays where it is and says why: on hover, on focus and to a screen reader.
 * It is aria-disabled rather than disabled, because a disabled button can be neither focused nor asked.
 */
export function ReasonedButton({ reason, onClick, ...button }: ReasonedButtonProps) {
  const id = useId();
  if (reason === null) return <Button {...button} onClick={onClick} />;
  return (
    <>
      <Tooltip label={reason} multiline maw={280} events={{ hover: true, focus: true, touch: true }}>
        <Button {...button} aria-disabled="true" aria-describedby={id} onClick={(event) => event.preventDefault()} />
      </Tooltip>
      <span id={id} className="hg-hidden">
        {reason}
      </span>
    </>
  );
}
