import type { StoredFile } from "../../api/types";

const names: Record<string, string> = {
  "application/pdf": "PDF",
  "application/json": "JSON",
  "application/zip": "ZIP",
  "text/plain": "Text",
  "text/markdown": "Markdown",
  "text/html": "HTML",
  "text/csv": "CSV",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel",
  "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint",
};

const families: Record<string, string> = { image: "Image", audio: "Audio", video: "Video", text: "Text" };

/** What kind of file it is, in a word. */
export function kindWords({ media_type, name }: StoredFile): string {
  const plain = media_type.split(";")[0]!.trim();
  const [family = "", kind = ""] = plain.split("/");
  if (names[plain]) return names[plain];
  if (family === "image") return kind.replace(/\+.*/, "").toUpperCase();
  if (families[family]) return families[family];
  const ending = /\.(\w{1,8})$/.exec(name)?.[1];
  return ending ? ending.toUpperCase() : "File";
}
