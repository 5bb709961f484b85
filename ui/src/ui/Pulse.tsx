import type { ReactNode } from "react";

/** Words for something that goes on, beside a dot that breathes. */
export function Pulse({ children }: { children: ReactNode }) {
  return (
    <span className="inline-flex min-w-0 items-center gap-2 text-muted">
      <span aria-hidden="true" className="breathe size-1.5 shrink-0 rounded-full bg-accent" />
      <span className="min-w-0 truncate">{children}</span>
    </span>
  );
}
