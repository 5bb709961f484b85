import { useInfiniteQuery } from "@tanstack/react-query";
import { useId, useRef } from "react";
import { sessionsQuery } from "../../api/queries";
import { asProblem } from "../../api/problem";
import type { Session } from "../../api/types";
import { Button } from "../../ui/Button";
import { keepFocus } from "../../ui/keepFocus";
import { ErrorState, Skeleton } from "../../ui/State";
import { remove } from "./actions";
import { groups, type Group } from "./groups";
import { SessionRow } from "./SessionRow";
import { strings } from "./strings";

interface SessionListProps {
  /** A newcomer has no sessions; nothing is asked then. */
  known: boolean;
  openId: string | null;
  onRemoved: (id: string) => void;
  onRestored: (id: string) => void;
}

export function SessionList({ known, openId, onRemoved, onRestored }: SessionListProps) {
  const place = useRef<HTMLDivElement>(null);
  const list = useInfiniteQuery({ ...sessionsQuery, enabled: known });
  const sessions = list.data?.pages.flatMap((page) => page.items) ?? [];

  function removed(session: Session) {
    onRemoved(session.id);
    void remove(session, () => onRestored(session.id));
    keepFocus(place.current);
  }

  if (list.isError && !list.data) {
    return (
      <ErrorState
        title={strings.failed}
        text={asProblem(list.error).message}
        onAgain={() => void list.refetch()}
      />
    );
  }
  if (list.isFetching && !list.data) return <Skeleton label={strings.loading} />;
  if (sessions.length === 0) return <p className="px-2.5 py-2 text-small text-muted">{strings.empty}</p>;
  return (
    <div ref={place} tabIndex={-1} className="flex flex-col gap-4 outline-none">
      {groups(sessions, new Date()).map((group) => (
        <SessionGroup key={group.name} group={group} openId={openId} onRemove={removed} />
      ))}
      {list.hasNextPage && (
        <Button tone="quiet" disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {strings.more}
        </Button>
      )}
    </div>
  );
}

interface SessionGroupProps {
  group: Group;
  openId: string | null;
  onRemove: (session: Session) => void;
}

function SessionGroup({ group, openId, onRemove }: SessionGroupProps) {
  const heading = useId();
  return (
    <div>
      <p id={heading} className="px-2.5 pb-1 text-note text-muted">
        {group.name}
      </p>
      <ul aria-labelledby={heading} className="flex flex-col gap-0.5">
        {group.sessions.map((session) => (
          <SessionRow
            key={session.id}
            session={session}
            open={session.id === openId}
            onRemove={() => onRemove(session)}
          />
        ))}
      </ul>
    </div>
  );
}
