import { Link } from "wouter";
import { ThemeMenu } from "../features/appearance/ThemeMenu";
import { SessionList } from "../features/sessions/SessionList";
import { IconButton } from "../ui/Button";
import { cx } from "../ui/cx";
import { Icon } from "../ui/Icon";
import { drawerLook } from "./drawerLook";
import { DRAFT, type Route } from "./route";
import { strings } from "./strings";

interface RailProps {
  /** It lies over the page instead of beside it. */
  drawn: boolean;
  shown: boolean;
  inert: boolean;
  known: boolean;
  route: Route;
  onClose: () => void;
  onRemoved: (id: string) => void;
  onRestored: (id: string) => void;
}

export function Rail({ drawn, shown, inert, known, route, onClose, onRemoved, onRestored }: RailProps) {
  const drafting = route.kind === "draft" || (route.kind === "home" && !known);
  return (
    <nav
      aria-label={strings.sessions}
      tabIndex={-1}
      data-pane
      data-drawer="sessions"
      inert={inert || !shown}
      className={cx("flex w-66 shrink-0 flex-col bg-rail outline-none", drawn && drawerLook("left", shown))}
    >
      <div className="flex h-14 shrink-0 items-center justify-between pr-2 pl-5">
        <span className="flex items-center gap-2 font-greeting text-[1.3125rem] leading-none">
          <span className="text-accent">
            <Icon name="wave" />
          </span>
          {strings.name}
        </span>
        {drawn && <IconButton icon="cross" label={strings.closePane} onClick={onClose} />}
      </div>
      <div className="px-2.5 pb-3">
        <Link
          href={DRAFT}
          aria-current={drafting ? "page" : undefined}
          className={cx(
            "flex min-h-9 items-center gap-2.5 rounded-control px-2.5 text-small font-strong",
            drafting ? "bg-hover" : "hover:bg-hover",
          )}
        >
          <span className="text-accent">
            <Icon name="plus" />
          </span>
          {strings.newSession}
        </Link>
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto px-2.5 pb-3">
        <SessionList
          known={known}
          openId={route.kind === "session" ? route.id : null}
          onRemoved={onRemoved}
          onRestored={onRestored}
        />
      </div>
      <div className="px-2.5 py-2">
        <ThemeMenu />
      </div>
    </nav>
  );
}
