import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { asProblem, type Problem } from "../api/problem";
import { sessionQuery, sessionsQuery } from "../api/queries";
import type { Me, Session } from "../api/types";
import { moveTo } from "./openSession";
import type { Route } from "./route";

/** What the middle of the page has to show. */
export type Screen =
  | { kind: "loading" }
  | { kind: "recent"; id: string }
  | { kind: "draft" }
  | { kind: "session"; session: Session }
  | { kind: "trash"; session: Session }
  | { kind: "missing" }
  | { kind: "gone" }
  | { kind: "failed"; list: boolean; problem: Problem; again: () => void };

export function useScreen(route: Route, me: Me): Screen {
  const known = me.user !== null;
  const list = useInfiniteQuery({ ...sessionsQuery, enabled: known });
  const id = route.kind === "session" ? route.id : "";
  const one = useQuery({ ...sessionQuery(id), enabled: id !== "" });
  const current = me.session_id;
  const real = one.data && !one.isPlaceholderData && !one.data.deleted_at ? one.data.id : null;

  useEffect(() => {
    if (real !== null && real === id && real !== current) void moveTo(real);
  }, [real, id, current]);

  if (route.kind === "draft" || (route.kind === "home" && !known)) return { kind: "draft" };
  if (route.kind === "home") {
    const first = list.data?.pages[0]?.items[0];
    if (first) return { kind: "recent", id: first.id };
    if (list.isError) {
      return { kind: "failed", list: true, problem: asProblem(list.error), again: () => void list.refetch() };
    }
    return list.data ? { kind: "draft" } : { kind: "loading" };
  }
  if (one.isError) {
    const problem = asProblem(one.error);
    if (problem.status === 404 || problem.status === 422) return { kind: "missing" };
    if (problem.status === 410) return { kind: "gone" };
    if (!one.data) return { kind: "failed", list: false, problem, again: () => void one.refetch() };
  }
  if (!one.data) return { kind: "loading" };
  return one.data.deleted_at ? { kind: "trash", session: one.data } : { kind: "session", session: one.data };
}
