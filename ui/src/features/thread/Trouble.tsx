import type { ReactNode } from "react";
import { cx } from "../../ui/cx";
import { Icon } from "../../ui/Icon";

/** What went wrong with a turn, or merely happened to it, and what can be done. */
export function Trouble({
  text,
  calm = false,
  children,
}: {
  text: string;
  calm?: boolean;
  children: ReactNode;
}) {
  return (
    <div
      className={cx(
        "flex flex-wrap items-center gap-x-4 gap-y-1 text-small",
        calm ? "text-muted" : "text-danger",
      )}
    >
      <p role={calm ? undefined : "alert"} className="flex items-center gap-1.5">
        {!calm && <Icon small name="alert" />}
        {text}
      </p>
      <span className="-ms-2 flex gap-1">{children}</span>
    </div>
  );
}

export function Do({ label, run }: { label: string; run: () => void }) {
  return (
    <button
      type="button"
      className="min-h-8 rounded-control px-2 font-strong text-accent hover:bg-hover"
      onClick={run}
    >
      {label}
    </button>
  );
}
