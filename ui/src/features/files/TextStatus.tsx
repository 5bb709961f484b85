import type { StoredFile } from "../../api/types";
import { Pulse } from "../../ui/Pulse";
import { strings } from "./strings";

/** How far the words of a file are. */
export function TextStatus({ file }: { file: StoredFile }) {
  switch (file.text) {
    case "pending":
      return <Pulse>{strings.pending}</Pulse>;
    case "ready":
      return <>{strings.ready(file.chunks)}</>;
    case "none":
      return <>{strings.none}</>;
    case "failed":
      return <span className="text-danger">{strings.unread}</span>;
  }
}
