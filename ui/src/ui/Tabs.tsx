import { type KeyboardEvent, type ReactNode, useId, useRef } from "react";
import { cx } from "./cx";

interface TabsProps<T extends string> {
  /** What the tabs choose between, for those who cannot see it. */
  label: string;
  value: T;
  choices: { value: T; words: string }[];
  onChange: (value: T) => void;
  children: ReactNode;
}

/** One of several views of a place. The arrow keys go from tab to tab. */
export function Tabs<T extends string>({ label, value, choices, onChange, children }: TabsProps<T>) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);

  function key(event: KeyboardEvent) {
    const here = choices.findIndex((choice) => choice.value === value);
    const places: Record<string, number> = {
      ArrowRight: (here + 1) % choices.length,
      ArrowLeft: (here - 1 + choices.length) % choices.length,
      Home: 0,
      End: choices.length - 1,
    };
    const next = places[event.key];
    if (next === undefined) return;
    event.preventDefault();
    onChange(choices[next]!.value);
    (list.current?.children[next] as HTMLElement | undefined)?.focus();
  }

  return (
    <>
      <div ref={list} role="tablist" aria-label={label} className="flex gap-1" onKeyDown={key}>
        {choices.map((choice) => {
          const chosen = choice.value === value;
          return (
            <button
              key={choice.value}
              type="button"
              role="tab"
              id={`${id}-${choice.value}`}
              aria-selected={chosen}
              aria-controls={`${id}-panel`}
              tabIndex={chosen ? 0 : -1}
              onClick={() => onChange(choice.value)}
              className={cx(
                "min-h-8 rounded-control px-2.5 text-note transition-colors duration-150",
                chosen ? "bg-hover font-strong" : "text-muted hover:bg-hover hover:text-ink",
              )}
            >
              {choice.words}
            </button>
          );
        })}
      </div>
      <div id={`${id}-panel`} role="tabpanel" aria-labelledby={`${id}-${value}`} className="flex flex-1 flex-col gap-3">
        {children}
      </div>
    </>
  );
}
