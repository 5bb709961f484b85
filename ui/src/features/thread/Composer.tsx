import {
  type KeyboardEvent,
  type ReactNode,
  type Ref,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { useStore } from "../../api/store";
import { Icon } from "../../ui/Icon";
import { sizeWords } from "../../ui/format";
import { draftOf, keepDraft } from "./drafts";
import { type OpenSession, outbox, send } from "./outbox";
import { answering, runs, stop } from "./runs";
import { strings } from "./strings";

interface ComposerProps {
  session: string | null;
  limit: number;
  open: OpenSession;
  /** What stands above the field: uploads on their way. */
  tray: ReactNode;
  /** What stands before the field: the button for files. */
  lead: ReactNode;
  ref?: Ref<HTMLTextAreaElement>;
}

export function Composer({ session, limit, open, tray, lead, ref }: ComposerProps) {
  const [shown, setShown] = useState(session);
  const [text, setText] = useState(() => draftOf(session));
  const field = useRef<HTMLTextAreaElement | null>(null);
  const wrong = useId();
  const run = answering(session, useStore(runs));
  const sending = useStore(outbox).some((each) => each.session === session && !each.problem);
  const tooLong = new TextEncoder().encode(text).length > limit;

  if (shown !== session) {
    setShown(session);
    setText(draftOf(session));
  }

  useLayoutEffect(() => {
    const area = field.current!;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
  }, [text]);

  function write(words: string) {
    setText(words);
    keepDraft(session, words);
  }

  function submit() {
    const words = text.trim();
    if (words === "" || tooLong || run || sending) return;
    write("");
    send(session, words, open);
    field.current?.focus();
  }

  function halt() {
    if (run) stop(run);
    field.current?.focus();
  }

  function key(event: KeyboardEvent) {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    submit();
  }

  return (
    <form
      className="rounded-composer border bg-raised shadow-float has-[textarea:focus]:border-accent"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {tray}
      {tooLong && (
        <p id={wrong} role="alert" className="px-4 pt-3 text-small text-danger">
          {strings.tooLong(sizeWords(limit))}
        </p>
      )}
      <div className="flex items-end gap-1 p-1.5">
        {lead}
        <textarea
          id="message"
          ref={(area) => {
            field.current = area;
            if (typeof ref === "function") ref(area);
            else if (ref) ref.current = area;
          }}
          aria-label={strings.message}
          aria-describedby={tooLong ? wrong : undefined}
          aria-invalid={tooLong}
          data-pane
          dir="auto"
          rows={1}
          placeholder={strings.placeholder}
          value={text}
          onChange={(event) => write(event.target.value)}
          onKeyDown={key}
          className="max-h-[40dvh] min-w-0 flex-1 resize-none self-center px-1.5 py-1 text-read outline-none"
        />
        {run ? (
          <RoundButton key="stop" icon="stop" label={strings.stop} onClick={halt} />
        ) : (
          <RoundButton
            key="send"
            icon="up"
            label={strings.send}
            submit
            disabled={text.trim() === "" || tooLong || sending}
          />
        )}
      </div>
    </form>
  );
}

interface RoundButtonProps {
  icon: "up" | "stop";
  label: string;
  submit?: boolean;
  disabled?: boolean;
  onClick?: () => void;
}

function RoundButton({ icon, label, submit = false, disabled = false, onClick }: RoundButtonProps) {
  return (
    <button
      type={submit ? "submit" : "button"}
      aria-label={label}
      title={label}
      disabled={disabled}
      onClick={onClick}
      className="flex size-9 shrink-0 items-center justify-center rounded-[0.625rem] bg-accent text-on-accent transition-colors duration-150 hover:bg-accent-strong disabled:bg-hover disabled:text-muted"
    >
      <Icon name={icon} />
    </button>
  );
}
