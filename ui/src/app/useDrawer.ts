import { useCallback, useEffect, useRef, useState } from "react";
import type { Route } from "./route";

export type Drawer = "sessions" | "files";

interface Drawers {
  drawer: Drawer | null;
  show: (drawer: Drawer) => void;
  close: () => void;
}

/** Which pane lies over the page. A pane that fits beside it is never a drawer; going elsewhere closes it. */
export function useDrawer(route: Route, fits: Record<Drawer, boolean>): Drawers {
  const [shown, setShown] = useState<Drawer | null>(null);
  const opener = useRef<HTMLElement | null>(null);
  const drawer = shown && !fits[shown] ? shown : null;
  const place = route.kind === "session" ? route.id : route.kind;

  const close = useCallback(() => {
    setShown(null);
    const back = opener.current;
    requestAnimationFrame(() => back?.isConnected && back.focus());
  }, []);
  const show = useCallback((next: Drawer) => {
    opener.current = document.activeElement as HTMLElement | null;
    setShown(next);
  }, []);

  useEffect(() => setShown(null), [place]);
  useEffect(() => {
    if (drawer === null) return undefined;
    const pane = document.querySelector<HTMLElement>(`[data-drawer="${drawer}"]`);
    if (!pane?.contains(document.activeElement)) pane?.focus();
    const key = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector("dialog[open]"))
        close();
    };
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  }, [drawer, close]);
  return { drawer, show, close };
}

/** F6 goes from pane to pane, with Shift backwards. */
export function usePaneKey(): void {
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if (event.key !== "F6" || event.ctrlKey || event.altKey || event.metaKey) return;
      const panes = [...document.querySelectorAll<HTMLElement>("[data-pane]")].filter(
        (pane) => pane.checkVisibility({ visibilityProperty: true }) && !pane.closest("[inert]"),
      );
      if (panes.length === 0) return;
      event.preventDefault();
      const here = panes.findLastIndex((pane) => pane.contains(document.activeElement));
      panes.at((here + (event.shiftKey ? -1 : 1) + panes.length) % panes.length)?.focus();
    };
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  }, []);
}
