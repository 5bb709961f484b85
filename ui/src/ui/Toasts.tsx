import { useEffect, useState } from "react";
import { Store, useStore } from "../api/store";
import { uuid } from "../api/uuid";
import { IconButton } from "./Button";
import { strings } from "./strings";

interface Toast {
  id: string;
  text: string;
  action?: { label: string; run: () => void };
}

const toasts = new Store<Toast[]>([]);
const STAY_MS = 10_000;

/** Says something for ten seconds, with at most one thing to do about it. */
export function toast(text: string, action?: Toast["action"]): void {
  toasts.set([...toasts.get().slice(-2), { id: uuid(), text, ...(action && { action }) }]);
}

function dismiss(id: string): void {
  toasts.set(toasts.get().filter((other) => other.id !== id));
}

function ToastRow({ id, text, action }: Toast) {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return undefined;
    const timer = setTimeout(() => dismiss(id), STAY_MS);
    return () => clearTimeout(timer);
  }, [held, id]);
  return (
    <li
      className="enter pointer-events-auto flex max-w-full items-center gap-2 rounded-card border bg-raised py-1.5 pr-1.5 pl-4 text-small shadow-float"
      onMouseEnter={() => setHeld(true)}
      onMouseLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <span className="min-w-0 py-1 break-words">{text}</span>
      {action && (
        <button
          type="button"
          className="min-h-8 rounded-control px-2.5 font-strong text-accent hover:bg-hover"
          onClick={() => {
            dismiss(id);
            action.run();
          }}
        >
          {action.label}
        </button>
      )}
      <IconButton small icon="cross" label={strings.dismiss} onClick={() => dismiss(id)} />
    </li>
  );
}

/** Where toasts appear. Notifications hold while the pointer or the focus is on them. */
export function Toasts() {
  const shown = useStore(toasts);
  return (
    <section
      aria-label={strings.notifications}
      aria-live="polite"
      className="pointer-events-none fixed inset-x-3 bottom-28 z-50"
    >
      <ol className="flex flex-col items-center gap-2">
        {shown.map((each) => (
          <ToastRow key={each.id} {...each} />
        ))}
      </ol>
    </section>
  );
}
