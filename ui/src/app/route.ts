import { useLocation } from "wouter";

/** What the address names. `home` is whichever session was active last. */
export type Route = { kind: "home" } | { kind: "draft" } | { kind: "session"; id: string };

export const DRAFT = "/s/new";

export function addressOf(id: string): string {
  return `/s/${id}`;
}

export function useRoute(): Route {
  const [path] = useLocation();
  if (path === DRAFT) return { kind: "draft" };
  const id = /^\/s\/([^/]+)\/?$/.exec(path)?.[1];
  return id ? { kind: "session", id: decodeURIComponent(id) } : { kind: "home" };
}
