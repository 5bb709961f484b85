import type { Place } from "../api/types";
import { strings } from "./strings";

/** Where a passage stands, in words; empty when nothing is known. */
export function placeWords(place: Place): string {
  const words: string[] = [];
  if (place.page) words.push(strings.page(place.page));
  if (place.heading) words.push(place.heading);
  if (place.row) {
    const last = place.last_row ?? place.row;
    words.push(last > place.row ? strings.rows(place.row, last) : strings.row(place.row));
  } else if (place.line && !place.page && !place.heading) words.push(strings.line(place.line));
  return words.join(" · ");
}
