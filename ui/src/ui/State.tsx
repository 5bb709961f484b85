import type { ReactNode } from "react";
import { Button } from "./Button";
import { cx } from "./cx";
import { Icon, type IconName } from "./Icon";
import { strings } from "./strings";

interface PlaceStateProps {
  icon: IconName;
  title: string;
  text?: string;
  /** It is the page's own heading, as nothing else is there. */
  whole?: boolean;
  children?: ReactNode;
}

/** What a place says when it has nothing to show: what it is for, and the way on. */
export function PlaceState({ icon, title, text, whole = false, children }: PlaceStateProps) {
  const Heading = whole ? "h1" : "p";
  return (
    <div
      className={cx(
        "enter m-auto flex max-w-88 flex-col items-center gap-3 p-6 text-center",
        whole && "gap-4",
      )}
    >
      <span className="text-muted">
        <Icon name={icon} />
      </span>
      <Heading className={whole ? "font-greeting text-greet" : "font-strong text-small"}>{title}</Heading>
      {text && <p className={cx("text-muted text-balance", whole ? "text-read" : "text-small")}>{text}</p>}
      {children && <div className="mt-1 flex flex-wrap justify-center gap-2">{children}</div>}
    </div>
  );
}

interface ErrorStateProps {
  title: string;
  text: string;
  whole?: boolean;
  onAgain: () => void;
}

/** What went wrong here, and a way to try again. */
export function ErrorState({ title, text, whole = false, onAgain }: ErrorStateProps) {
  return (
    <PlaceState icon="alert" title={title} text={text} whole={whole}>
      <Button onClick={onAgain}>{strings.again}</Button>
    </PlaceState>
  );
}

/** Grey lines in place of rows on their way; nothing for the first 200 ms. */
export function Skeleton({ label, rows = 4 }: { label: string; rows?: number }) {
  return (
    <div role="status" aria-label={label} className="late flex flex-col gap-2 p-2">
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="breathe h-5 rounded-control bg-hover" />
      ))}
    </div>
  );
}
