import { deleteFile, eraseFile, restoreFile } from "../../api/calls";
import { dropFile, dropTrashed, refreshFile, refreshFiles } from "../../api/cache";
import { asProblem } from "../../api/problem";
import type { StoredFile } from "../../api/types";
import { toast } from "../../ui/Toasts";
import { strings } from "./strings";

/** Puts a file into the trash at once, and offers to undo that. */
export async function remove(session: string, file: StoredFile): Promise<void> {
  await dropFile(session, file.id);
  try {
    await deleteFile(session, file.id);
    const undo = { label: strings.undo, run: () => void restore(session, file) };
    toast(strings.removed(file.name), undo);
  } catch (thrown) {
    toast(strings.notRemoved(asProblem(thrown).message));
  }
  refreshFiles(session);
}

/** Takes a file out of the trash again. */
export async function restore(session: string, file: StoredFile): Promise<void> {
  try {
    await restoreFile(session, file.id);
  } catch (thrown) {
    toast(strings.notRestored(asProblem(thrown).message));
  }
  refreshFiles(session);
  refreshFile(session, file.id);
}

/** Erases a file of the trash for good. */
export async function erase(session: string, file: StoredFile): Promise<void> {
  try {
    await eraseFile(session, file.id);
    await dropTrashed(session, file.id);
  } catch (thrown) {
    toast(strings.notErased(asProblem(thrown).message));
  }
  refreshFiles(session);
}
