import { useRef, useState } from "react";
import { announce } from "./Announcer";
import { IconButton } from "./Button";
import { strings } from "./strings";

/** Words to be copied, and a button that does it. Where a page may not, it selects them. */
export function CopyField({ text, label }: { text: string; label: string }) {
  const field = useRef<HTMLElement>(null);
  const [copied, setCopied] = useState(false);

  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      announce(strings.copied);
      setTimeout(() => setCopied(false), 2000);
    } catch {
      getSelection()?.selectAllChildren(field.current!);
      announce(strings.selected);
    }
  }

  return (
    <span className="flex items-start gap-1">
      <code ref={field} className="min-w-0 flex-1 font-code text-[0.75rem] leading-5 break-all">
        {text}
      </code>
      <IconButton
        small
        icon={copied ? "check" : "copy"}
        label={label}
        className="-my-1"
        onClick={() => void copy()}
      />
    </span>
  );
}
