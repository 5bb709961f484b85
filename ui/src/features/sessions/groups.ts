import type { Session } from "../../api/types";
import { strings } from "./strings";

export interface Group {
  name: string;
  sessions: Session[];
}

/** Whole days between the local date of `moment` and today. */
function daysAgo(moment: string, today: Date): number {
  const day = new Date(moment);
  const dates = [today, day].map((date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()));
  return Math.round((dates[0]! - dates[1]!) / 86_400_000);
}

/** Sessions by when they were last active, in the order they come. Empty groups are left out. */
export function groups(sessions: Session[], today: Date): Group[] {
  const { groups: names } = strings;
  const all: Group[] = [names.today, names.yesterday, names.week, names.earlier].map((name) => ({
    name,
    sessions: [],
  }));
  for (const session of sessions) {
    const days = daysAgo(session.active_at, today);
    const place = days <= 0 ? 0 : days === 1 ? 1 : days <= 7 ? 2 : 3;
    all[place]!.sessions.push(session);
  }
  return all.filter((group) => group.sessions.length > 0);
}
