import { cx } from "../ui/cx";

/** How a pane looks that lies over the page. While it is not shown it cannot be reached; it can at once when it is. */
export function drawerLook(side: "left" | "right", shown: boolean): string {
  const away = side === "left" ? "-translate-x-full" : "translate-x-full";
  return cx(
    "fixed inset-y-0 z-30 max-w-[88vw] shadow-float duration-[180ms] ease-out",
    "pt-[env(safe-area-inset-top)] pb-[env(safe-area-inset-bottom)]",
    side === "left" ? "left-0" : "right-0",
    shown ? "translate-x-0 transition-[translate]" : cx("invisible transition-[translate,visibility]", away),
  );
}
