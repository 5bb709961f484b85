import type { components } from "./schema";

type Schemas = components["schemas"];

export type Me = Schemas["Me"];
export type Session = Schemas["Session"];
export type SessionPage = Schemas["SessionPage"];
export type SessionCreate = Schemas["SessionCreate"];
export type SessionPatch = Schemas["SessionPatch"];
export type Message = Schemas["Message"];
export type MessagePage = Schemas["MessagePage"];
export type Citation = Schemas["Citation"];
export type Place = Schemas["Place"];
export type StoredFile = Schemas["File"];
export type FilePage = Schemas["FilePage"];
export type Entry = Schemas["Entry"];
export type Refused = Schemas["Refused"];
export type Unpacked = Schemas["Unpacked"];
export type ChunkWindow = Schemas["ChunkWindow"];
export type Corpus = Schemas["Corpus"];

/** One event of an answer being made. */
export type RunEvent =
  | { type: "start"; title: string }
  | { type: "delta"; text: string }
  | { type: "citation"; citation: Citation }
  | { type: "done"; message: Message };

/** One event of an archive being taken apart. */
export type UnpackEvent =
  | { type: "progress"; entries: number; total: number; bytes: number }
  | { type: "done"; unpacked: Unpacked };

/** A file that came in part: the server holds its first `received` bytes, until `expires_at`. */
export interface PartialUpload {
  id: string;
  name: string;
  size: number;
  received: number;
}
