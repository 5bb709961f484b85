import type { ComponentProps } from "react";
import { cx } from "./cx";
import { Icon, type IconName } from "./Icon";

type Tone = "main" | "danger" | "plain" | "quiet";

const tones: Record<Tone, string> = {
  main: "bg-accent text-on-accent hover:bg-accent-strong font-strong",
  danger: "bg-danger text-canvas hover:bg-danger-strong font-strong",
  plain: "border bg-raised hover:bg-hover font-strong",
  quiet: "text-accent hover:bg-hover font-strong",
};

const shape =
  "inline-flex items-center justify-center gap-2 rounded-control transition-colors duration-150 disabled:opacity-50";

/** The look of a button, for links that act like one. */
export function buttonLook(tone: Tone): string {
  return cx(shape, tones[tone], "min-h-9 px-3.5 text-small");
}

export function Button({ tone = "plain", className, ...rest }: ComponentProps<"button"> & { tone?: Tone }) {
  return <button type="button" {...rest} className={cx(buttonLook(tone), className)} />;
}

interface IconButtonProps extends ComponentProps<"button"> {
  icon: IconName;
  /** Its accessible name, and what a resting pointer shows. */
  label: string;
  small?: boolean;
}

export const iconLook = (small: boolean) =>
  cx(shape, "shrink-0 text-muted hover:bg-hover hover:text-ink", small ? "size-7" : "size-9");

export function IconButton({ icon, label, small = false, className, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={cx(iconLook(small), className)}
    >
      <Icon name={icon} small={small} />
    </button>
  );
}
