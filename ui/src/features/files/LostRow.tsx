import { queries } from "../../api/queries";
import { asProblem } from "../../api/problem";
import { deleteUpload } from "../../api/tus";
import type { PartialUpload } from "../../api/types";
import { IconButton } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { toast } from "../../ui/Toasts";
import { lostQuery } from "./lost";
import { ChooseAgain } from "./Picker";
import { strings } from "./strings";

interface LostRowProps {
  session: string;
  upload: PartialUpload;
  onFiles: (files: File[]) => void;
}

/** An upload whose bytes are not in this browser: it goes on when the same file is added again. */
export function LostRow({ session, upload, onFiles }: LostRowProps) {
  const { id, name, size, received } = upload;
  const percent = (received / Math.max(1, size)).toLocaleString(undefined, { style: "percent" });

  async function giveUp() {
    try {
      await deleteUpload(session, id);
    } catch (thrown) {
      toast(asProblem(thrown).message);
    }
    void queries.invalidateQueries({ queryKey: lostQuery(session).queryKey });
  }

  return (
    <li className="enter flex items-center gap-2" data-upload="lost">
      <span className="text-muted">
        <Icon small name="file" />
      </span>
      <div className="min-w-0 flex-1">
        <bdi className="block truncate">{name}</bdi>
        <span className="text-muted">{strings.lost(percent)}</span>
      </div>
      <span className="flex shrink-0">
        <ChooseAgain name={name} onFiles={onFiles} />
        <IconButton small icon="cross" label={strings.giveUp(name)} onClick={() => void giveUp()} />
      </span>
    </li>
  );
}
