import { toast } from "../../ui/Toasts";
import { strings } from "./strings";

const MOST = 1000;
const DEEPEST = 12;
/** What systems leave in folders. */
const SYSTEM = /^(\.DS_Store|Thumbs\.db|desktop\.ini|\._.*)$/i;

async function filesOf(entry: FileSystemEntry, found: File[], depth: number): Promise<void> {
  if (found.length > MOST || SYSTEM.test(entry.name)) return;
  if (entry.isFile) {
    found.push(await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)));
    return;
  }
  if (depth === DEEPEST) return;
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    // It tells of some at a time, and of none at the end.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0 || found.length > MOST) return;
    for (const inside of some) await filesOf(inside, found, depth + 1);
  }
}

/** The files of a drop, those in its folders too. What is too many, or cannot be read, is said and left out. */
export async function droppedFiles(transfer: DataTransfer): Promise<File[]> {
  // The transfer is empty as soon as something is awaited.
  const items = [...transfer.items].filter((item) => item.kind === "file");
  const entries = items.map((item) => item.webkitGetAsEntry() ?? item.getAsFile());
  const found: File[] = [];
  let unread = 0;
  for (const entry of entries) {
    if (entry instanceof File) found.push(entry);
    else if (entry !== null) await filesOf(entry, found, 0).catch(() => unread++);
  }
  if (found.length > MOST) toast(strings.tooMany(MOST));
  if (unread > 0) toast(strings.unreadFolders);
  else if (found.length === 0) toast(strings.nothingIn);
  return found.slice(0, MOST);
}
