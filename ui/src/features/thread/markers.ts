import type { Citation, Message } from "../../api/types";

const MARKER = /\[(\d{1,3})\]/;

/** Words with a marker at their end; on a line of its own where the last line may hold nothing more. */
export function withMarker(text: string, number: number): string {
  const marker = `[${number}]`;
  if (text.includes(marker)) return text;
  const last = text.trimEnd().split("\n").at(-1)!.trim();
  return /^(```|~~~|\|.*\|$|-{3}|={3})/.test(last)
    ? `${text.trimEnd()}\n\n${marker}`
    : `${text.trimEnd()} ${marker}`;
}

/** The words of an answer with a marker like [1] where each citation stands, and the citations in order. */
export function markedWords(message: Message): { text: string; citations: Citation[] } {
  let text = "";
  const citations: Citation[] = [];
  for (const part of message.parts) {
    if (part.type === "text") text += part.text;
    else if (part.type === "citation") {
      citations.push(part);
      if (!message.text.includes(`[${part.number}]`)) text = withMarker(text, part.number);
    }
  }
  return { text, citations: citations.sort((a, b) => a.number - b.number) };
}

/** Cuts words at their markers: text, number, text, number, … */
export function cutAtMarkers(text: string): (string | number)[] {
  return text.split(new RegExp(MARKER, "g")).map((piece, place) => (place % 2 ? Number(piece) : piece));
}

/** What to read out of an answer: its words without markers and without signs of Markdown. */
export function plainWords(text: string): string {
  return text
    .replace(new RegExp(`\\s*${MARKER.source}`, "g"), "")
    .replace(/^\s*(#{1,6}|[-*+>])\s+/gm, "")
    .replace(/\\([\\`*[\]<>|~&$_#])/g, "$1")
    .replace(/[*`]{1,3}/g, "")
    .replace(/\s+/g, " ")
    .trim();
}
