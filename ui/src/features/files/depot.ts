/** What the browser keeps of uploads, so that a reload or a crash of the page loses none: a list, and the bytes. */

export interface Held {
  id: string;
  session: string;
  name: string;
  size: number;
  /** When it was added: their order. */
  at: number;
  /** The upload's id at the server, once it has one. */
  remote: string | null;
  paused: boolean;
}

const NAME = "sojourn-uploads";
const LIST = "list";
const BYTES = "bytes";

let opened: Promise<IDBDatabase> | null = null;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(LIST, { keyPath: "id" });
      request.result.createObjectStore(BYTES);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error!);
  });
  return opened;
}

async function write(work: (list: IDBObjectStore, bytes: IDBObjectStore) => void): Promise<void> {
  const change = (await open()).transaction([LIST, BYTES], "readwrite");
  await new Promise<void>((resolve, reject) => {
    change.oncomplete = () => resolve();
    change.onerror = change.onabort = () => reject(change.error ?? new DOMException());
    work(change.objectStore(LIST), change.objectStore(BYTES));
  });
}

async function read<T>(store: string, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const request = ask((await open()).transaction(store).objectStore(store));
  return await new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error!);
  });
}

/** Keeps a file until `drop`. Raises when the browser has no room for it, or keeps nothing at all. */
export async function hold(held: Held, file: File): Promise<void> {
  if (!("locks" in navigator)) throw new DOMException("Without locks two pages would send the same file.");
  await write((list, bytes) => {
    list.put(held);
    bytes.put(file, held.id);
  });
}

/** Changes what is known of a file that is held; of another it does nothing. */
export async function amend(id: string, part: Partial<Held>): Promise<void> {
  await write((list) => {
    const request = list.get(id) as IDBRequest<Held | undefined>;
    request.onsuccess = () => request.result && list.put({ ...request.result, ...part });
  }).catch(() => undefined);
}

export async function drop(id: string): Promise<void> {
  await write((list, bytes) => {
    list.delete(id);
    bytes.delete(id);
  }).catch(() => undefined);
}

export async function dropAll(): Promise<void> {
  await write((list, bytes) => {
    list.clear();
    bytes.clear();
  }).catch(() => undefined);
}

/** All that are held, by any page of this browser, in the order they were added. */
export async function list(): Promise<Held[]> {
  const all = await read<Held[]>(LIST, (store) => store.getAll()).catch(() => []);
  return all.sort((one, other) => one.at - other.at);
}

/** One file that is held, with its bytes; null when it is not any more. */
export async function find(id: string): Promise<[Held, File] | null> {
  try {
    const held = await read<Held | undefined>(LIST, (store) => store.get(id));
    const file = await read<File | undefined>(BYTES, (store) => store.get(id));
    return held && file ? [held, file] : null;
  } catch {
    return null;
  }
}

/** Waits until no other page of this browser sends this file. Answers how to let go of it again. */
export function claim(id: string): Promise<() => void> {
  if (!("locks" in navigator)) return Promise.resolve(() => undefined);
  return new Promise((got) => {
    void navigator.locks.request(`sojourn-upload-${id}`, () => new Promise<void>((release) => got(release)));
  });
}
