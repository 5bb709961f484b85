import { useRef, useState } from "react";
import { Link } from "wouter";
import type { Session } from "../../api/types";
import { cx } from "../../ui/cx";
import { dateWords } from "../../ui/format";
import { Menu, MenuItem } from "../../ui/Menu";
import { titleOf } from "./actions";
import { RenameDialog } from "./RenameDialog";
import { strings } from "./strings";

interface SessionRowProps {
  session: Session;
  open: boolean;
  onRemove: () => void;
}

export function SessionRow({ session, open, onRemove }: SessionRowProps) {
  const menu = useRef<HTMLButtonElement>(null);
  const [renaming, setRenaming] = useState(false);
  const title = titleOf(session);
  return (
    <li
      className={cx(
        "group relative flex items-center rounded-control",
        open ? "bg-hover font-strong" : "hover:bg-hover",
      )}
    >
      <Link
        href={`/s/${session.id}`}
        aria-current={open ? "page" : undefined}
        title={`${title}\n${dateWords(session.active_at)}`}
        className="flex min-h-9 min-w-0 flex-1 items-center rounded-control pr-9 pl-2.5 text-small"
      >
        <span dir="auto" className="truncate">
          {title}
        </span>
        {session.closed_at && <span className="ml-2 text-note font-plain text-muted">{strings.closed}</span>}
        {session.ephemeral && (
          <span className="ml-2 text-note font-plain text-muted">{strings.ephemeral}</span>
        )}
      </Link>
      <Menu
        ref={menu}
        small
        icon="more"
        label={strings.actions(title)}
        className="absolute right-1 opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 data-[state=open]:opacity-100 pointer-coarse:opacity-100"
      >
        <MenuItem icon="pencil" onSelect={() => setRenaming(true)}>
          {strings.rename}
        </MenuItem>
        <MenuItem icon="bin" danger onSelect={onRemove}>
          {strings.remove}
        </MenuItem>
      </Menu>
      {renaming && (
        <RenameDialog session={session} returnTo={menu.current} onClose={() => setRenaming(false)} />
      )}
    </li>
  );
}
