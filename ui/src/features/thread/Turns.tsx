import { memo, useMemo } from "react";
import type { Citation, Message } from "../../api/types";
import { useStore } from "../../api/store";
import { cx } from "../../ui/cx";
import { clockWords, dateWords } from "../../ui/format";
import { Icon } from "../../ui/Icon";
import { Pulse } from "../../ui/Pulse";
import { CitedContext, Sources } from "./Citations";
import { markedWords } from "./markers";
import { type OpenSession, deliver, discard, type Sending } from "./outbox";
import { type Run, runs, stopped } from "./runs";
import { strings } from "./strings";
import { Do, Trouble } from "./Trouble";
import { Words } from "./Words";

function Author({ name, moment, hidden = false }: { name: string; moment?: string; hidden?: boolean }) {
  return (
    <h3 className={cx("flex items-baseline gap-2 text-note", hidden && "sr-only")}>
      <span className="font-strong">{name}</span>
      {moment && (
        <time dateTime={moment} title={dateWords(moment)} className="font-plain text-muted">
          {clockWords(moment)}
        </time>
      )}
    </h3>
  );
}

function Bubble({ text, faint = false, attached = 0 }: { text: string; faint?: boolean; attached?: number }) {
  return (
    <div
      dir="auto"
      className={cx(
        "max-w-[85%] rounded-card bg-tint px-4 py-2.5 text-read forced-colors:border whitespace-pre-wrap [overflow-wrap:anywhere]",
        faint && "opacity-70",
      )}
    >
      {text}
      {attached > 0 && (
        <span className="mt-1 flex items-center gap-1.5 text-note text-muted">
          <Icon small name="file" />
          {strings.attached}
        </span>
      )}
    </div>
  );
}

export const UserTurn = memo(function UserTurn({ message }: { message: Message }) {
  const attached = message.parts.filter((part) => part.type === "file").length;
  return (
    <article className="flex flex-col items-end">
      <Author hidden name={strings.you} moment={message.created_at} />
      <Bubble text={message.text} attached={attached} />
    </article>
  );
});

export function SendingTurn({ sending, open }: { sending: Sending; open: OpenSession }) {
  const held = stopped(sending.session, useStore(runs)).length > 0;
  return (
    <article className="enter flex flex-col items-end gap-1.5">
      <Author hidden name={strings.you} />
      <Bubble text={sending.text} faint={!sending.problem} />
      {held && !sending.problem && (
        <p className="flex max-w-full text-note">
          <Pulse>{strings.held}</Pulse>
        </p>
      )}
      {sending.problem && (
        <Trouble text={strings.notSent(sending.problem.message)}>
          <Do label={strings.again} run={() => void deliver(sending.id, open)} />
          <Do label={strings.discard} run={() => discard(sending.id)} />
        </Trouble>
      )}
    </article>
  );
}

interface AnswerTurnProps {
  message: Message;
  title: string;
  onCite: (citation: Citation) => void;
}

export const AnswerTurn = memo(function AnswerTurn({ message, title, onCite }: AnswerTurnProps) {
  const { text, citations } = useMemo(() => markedWords(message), [message]);
  const cited = useMemo(() => ({ citations, coming: false, open: onCite }), [citations, onCite]);
  return (
    <article className="flex flex-col gap-1.5">
      <Author name={title} moment={message.created_at} />
      <CitedContext value={cited}>
        <Words text={text} />
        <Sources />
      </CitedContext>
    </article>
  );
});

interface RunTurnProps {
  run: Run;
  title: string;
  onCite: (citation: Citation) => void;
  onAgain: () => void;
}

/** An answer on its way, or one that stopped short. */
export function RunTurn({ run, title, onCite, onAgain }: RunTurnProps) {
  const { citations, text, state } = run;
  const coming = state === "streaming" || state === "waiting";
  const cited = useMemo(() => ({ citations, coming, open: onCite }), [citations, coming, onCite]);
  return (
    <article className="enter flex flex-col gap-1.5" aria-busy={coming} data-run={state}>
      <Author name={run.title ?? title} />
      {text && (
        <CitedContext value={cited}>
          <Words text={text} />
          {!coming && <Sources />}
        </CitedContext>
      )}
      {coming && !text && (
        <p className="text-read">
          <Pulse>{strings.waiting}</Pulse>
        </p>
      )}
      {state === "stopped" && (
        <Trouble calm text={strings.stopped}>
          <Do label={strings.showWhole} run={onAgain} />
        </Trouble>
      )}
      {state === "failed" && (
        <Trouble text={strings.broken(run.problem?.message ?? "")}>
          <Do label={strings.again} run={onAgain} />
        </Trouble>
      )}
    </article>
  );
}

export function Unanswered({ onAnswer }: { onAnswer: () => void }) {
  return (
    <Trouble calm text={strings.unanswered}>
      <Do label={strings.answerThis} run={onAnswer} />
    </Trouble>
  );
}
