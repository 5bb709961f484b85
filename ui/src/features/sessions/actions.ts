import { deleteSession, patchSession } from "../../api/calls";
import { dropSession, keepSession, refreshSession } from "../../api/cache";
import { asProblem } from "../../api/problem";
import { meQuery, queries } from "../../api/queries";
import type { Session } from "../../api/types";
import { toast } from "../../ui/Toasts";
import { strings } from "./strings";

export function titleOf(session: Session): string {
  return session.title.trim() || strings.untitled;
}

/** Gives a session another title. Raises `Problem`. */
export async function rename(session: Session, title: string): Promise<void> {
  keepSession(await patchSession(session.id, { title }));
  refreshSession(session.id);
}

/** Takes a session out of the trash again. Answers whether it worked; if not, it was said. */
export async function restore(id: string): Promise<boolean> {
  try {
    keepSession(await patchSession(id, { deleted: false }));
    refreshSession(id);
    return true;
  } catch (thrown) {
    toast(strings.notRestored(asProblem(thrown).message));
    return false;
  }
}

/** Puts a session into the trash at once, and offers to undo that. */
export async function remove(session: Session, restored: () => void): Promise<void> {
  dropSession(session.id);
  try {
    await deleteSession(session.id);
    refreshSession(session.id);
    void queries.invalidateQueries({ queryKey: meQuery.queryKey });
    const undo = async () => {
      if (await restore(session.id)) restored();
    };
    toast(strings.deleted(titleOf(session)), { label: strings.undo, run: () => void undo() });
  } catch (thrown) {
    refreshSession(session.id);
    toast(strings.notDeleted(asProblem(thrown).message));
  }
}
