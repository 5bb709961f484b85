/** A chunk's words before, in and after a quote. White space may differ; without a match all is "before". */
export function cutAtQuote(text: string, quote: string | undefined): [string, string, string] {
  const words = (quote ?? "")
    .replace(/…$|\.\.\.$/, "")
    .trim()
    .split(/\s+/);
  if (words.length === 1 && words[0] === "") return [text, "", ""];
  const pattern = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("\\s+");
  const found = new RegExp(pattern).exec(text);
  if (!found) return [text, "", ""];
  const end = found.index + found[0].length;
  return [text.slice(0, found.index), text.slice(found.index, end), text.slice(end)];
}
