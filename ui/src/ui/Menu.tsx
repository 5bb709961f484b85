import * as Radix from "@radix-ui/react-dropdown-menu";
import type { ReactNode, Ref } from "react";
import { iconLook } from "./Button";
import { cx } from "./cx";
import { Icon, type IconName } from "./Icon";

interface MenuProps {
  icon: IconName;
  label: string;
  /** Also shown as words beside the drawing. */
  words?: string;
  small?: boolean;
  side?: "top" | "bottom";
  align?: "start" | "end";
  className?: string;
  ref?: Ref<HTMLButtonElement>;
  children: ReactNode;
}

/** A button with a menu. Not modal: a modal one would put a style element into the page, which the CSP forbids. */
export function Menu({
  icon,
  label,
  words,
  small = false,
  side = "bottom",
  align = "end",
  className,
  ref,
  children,
}: MenuProps) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger
        ref={ref}
        aria-label={label}
        title={words ? undefined : label}
        className={cx(
          words
            ? "inline-flex min-h-9 items-center gap-2.5 rounded-control px-2.5 text-small text-muted hover:bg-hover hover:text-ink"
            : iconLook(small),
          "data-[state=open]:bg-hover data-[state=open]:text-ink",
          className,
        )}
      >
        <Icon name={icon} small={small} />
        {words}
      </Radix.Trigger>
      <Radix.Content
        side={side}
        align={align}
        sideOffset={4}
        collisionPadding={8}
        className="enter z-40 min-w-40 rounded-card border bg-raised p-1 text-small font-plain shadow-float"
      >
        {children}
      </Radix.Content>
    </Radix.Root>
  );
}

const row =
  "flex min-h-9 items-center gap-2.5 rounded-control px-2.5 outline-none select-none data-[highlighted]:bg-hover";

interface MenuItemProps {
  icon: IconName;
  danger?: boolean;
  onSelect: () => void;
  children: ReactNode;
}

export function MenuItem({ icon, danger = false, onSelect, children }: MenuItemProps) {
  return (
    <Radix.Item onSelect={onSelect} className={cx(row, danger && "text-danger")}>
      <Icon name={icon} small />
      {children}
    </Radix.Item>
  );
}

interface MenuChoiceProps<T extends string> {
  value: T;
  choices: Record<T, string>;
  onChange: (value: T) => void;
}

/** One of several, in a menu. */
export function MenuChoice<T extends string>({ value, choices, onChange }: MenuChoiceProps<T>) {
  return (
    <Radix.RadioGroup value={value} onValueChange={(chosen) => onChange(chosen as T)}>
      {Object.entries<string>(choices).map(([choice, words]) => (
        <Radix.RadioItem key={choice} value={choice} className={cx(row, "justify-between")}>
          {words}
          <Radix.ItemIndicator>
            <Icon name="check" small />
          </Radix.ItemIndicator>
        </Radix.RadioItem>
      ))}
    </Radix.RadioGroup>
  );
}
