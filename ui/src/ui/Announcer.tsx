import { Store, useStore } from "../api/store";

const said = new Store("");
const LONGEST = 600;

/** Has a screen reader say `text` once it is free. Long texts are cut at a word. */
export function announce(text: string): void {
  const short = text.length > LONGEST ? `${text.slice(0, text.lastIndexOf(" ", LONGEST))}…` : text;
  said.set(said.get() === short ? `${short}\u00a0` : short);
}

export function Announcer() {
  return (
    <div role="status" aria-live="polite" data-announcer className="sr-only">
      {useStore(said)}
    </div>
  );
}
