import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { asProblem } from "../../api/problem";
import { messagesQuery } from "../../api/queries";
import { useStore } from "../../api/store";
import type { Citation } from "../../api/types";
import { Button } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { ErrorState, Skeleton } from "../../ui/State";
import { Greeting } from "./Greeting";
import { type OpenSession, outbox } from "./outbox";
import { nextLook } from "./kept";
import { type Row, rows } from "./rows";
import { answer, runs } from "./runs";
import { strings } from "./strings";
import { AnswerTurn, RunTurn, SendingTurn, Unanswered, UserTurn } from "./Turns";
import { useFollow } from "./useFollow";

interface ThreadProps {
  /** Null while the session is a draft. */
  session: string | null;
  /** What answers are called here. */
  answers: string;
  hasFiles: boolean;
  open: OpenSession;
  onCite: (citation: Citation) => void;
}

export function Thread({ session, answers, hasFiles, open, onCite }: ThreadProps) {
  const going = useStore(runs);
  const log = useInfiniteQuery({
    ...messagesQuery(session ?? ""),
    enabled: session !== null,
    refetchInterval: () => (session === null ? false : nextLook(session, going)),
  });
  const sent = useStore(outbox);
  const shown = useMemo(() => {
    const kept = session === null ? [] : [...(log.data?.pages ?? [])].reverse().flatMap((page) => page.items);
    return rows(
      kept,
      going,
      sent.filter((sending) => sending.session === session),
    );
  }, [session, log.data, going, sent]);
  const first = shown[0]?.key ?? "";
  const end = shown.at(-1);
  const follow = useFollow(session, first, end?.key ?? "", end?.kind === "sending", shown);

  function row(each: Row) {
    switch (each.kind) {
      case "message":
        return each.message.role === "user" ? (
          <UserTurn message={each.message} />
        ) : (
          <AnswerTurn message={each.message} title={answers} onCite={onCite} />
        );
      case "run":
        return (
          <RunTurn
            run={each.run}
            title={answers}
            onCite={onCite}
            onAgain={() => void answer(each.run.session, each.message)}
          />
        );
      case "unanswered":
        return <Unanswered onAnswer={() => void answer(session!, each.message)} />;
      case "sending":
        return <SendingTurn sending={each.sending} open={open} />;
    }
  }

  function inside() {
    if (session !== null && log.isPending) return <Skeleton label={strings.loading} rows={6} />;
    if (log.isError && !log.data) {
      return (
        <ErrorState
          title={strings.failed}
          text={asProblem(log.error).message}
          onAgain={() => void log.refetch()}
        />
      );
    }
    if (shown.length === 0) return <Greeting answers={answers} hasFiles={hasFiles} />;
    return (
      <>
        {log.hasNextPage && (
          <Button
            tone="quiet"
            className="self-center"
            disabled={log.isFetchingNextPage}
            onClick={() => void log.fetchNextPage()}
          >
            {strings.earlier}
          </Button>
        )}
        {shown.map((each) => (
          <div key={each.key}>{row(each)}</div>
        ))}
      </>
    );
  }

  return (
    <div className="relative min-h-0 flex-1 before:pointer-events-none before:absolute before:inset-x-2 before:top-0 before:z-10 before:h-5 before:bg-linear-to-b before:from-canvas before:to-transparent">
      <div
        ref={follow.log}
        role="log"
        aria-label={strings.log}
        aria-live="off"
        tabIndex={0}
        data-pane
        onScroll={follow.onScroll}
        className="absolute inset-0 overflow-y-auto overscroll-contain px-4 [overflow-anchor:none] -outline-offset-2 sm:px-6"
      >
        <h2 className="sr-only">{strings.log}</h2>
        <div className="mx-auto flex min-h-full w-full max-w-[35rem] flex-col gap-8 pt-6 pb-10">
          {inside()}
        </div>
      </div>
      {!follow.near && (
        <button
          type="button"
          onClick={follow.toEnd}
          className="enter absolute bottom-3 left-1/2 flex min-h-9 -translate-x-1/2 items-center whitespace-nowrap gap-2 rounded-full border bg-raised px-3.5 text-small shadow-float hover:bg-hover"
        >
          <Icon small name="down" />
          {strings.latest}
        </button>
      )}
    </div>
  );
}
