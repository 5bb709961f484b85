import { useInfiniteQuery } from "@tanstack/react-query";
import { filesQuery } from "../../api/queries";
import { useStore } from "../../api/store";
import { IconButton } from "../../ui/Button";
import { sizeWords } from "../../ui/format";
import { Icon } from "../../ui/Icon";
import { Progress } from "../../ui/Progress";
import { Pulse } from "../../ui/Pulse";
import { strings } from "./strings";
import { again, cancel, type OpenSession, type Upload, uploads } from "./uploads";

interface UploadTrayProps {
  session: string | null;
  open: OpenSession;
}

/** The files of a session that are on their way, or being read. */
export function UploadTray({ session, open }: UploadTrayProps) {
  const mine = useStore(uploads).filter((upload) => upload.session === session);
  const files = useInfiniteQuery({ ...filesQuery(session ?? ""), enabled: session !== null });
  const reading = (session === null ? [] : (files.data?.pages ?? []))
    .flatMap((page) => page.items)
    .filter((file) => file.text === "pending");
  if (mine.length === 0 && reading.length === 0) return null;
  return (
    <div className="flex flex-col gap-1 px-4 pt-3 text-note">
      {mine.length > 0 && (
        <ul aria-label={strings.uploads} className="flex max-h-[24dvh] flex-col gap-1.5 overflow-y-auto">
          {mine.map((upload) => (
            <UploadRow key={upload.id} upload={upload} open={open} />
          ))}
        </ul>
      )}
      {reading.length > 0 && (
        <p className="flex">
          <Pulse>
            {reading.length === 1 ? strings.reading(reading[0]!.name) : strings.readingMany(reading.length)}
          </Pulse>
        </p>
      )}
    </div>
  );
}

function UploadRow({ upload, open }: { upload: Upload; open: OpenSession }) {
  const { file, problem, sent, state } = upload;
  const failed = state === "failed";
  const retriable = problem?.passing ?? false;
  return (
    <li className="enter flex items-center gap-2" data-upload={state}>
      <span className={failed ? "text-danger" : "text-muted"}>
        <Icon small name={failed ? "alert" : "file"} />
      </span>
      <div className="flex min-w-0 flex-1 flex-col gap-1">
        <div className="flex min-w-0 items-baseline justify-between gap-2">
          <bdi className="truncate">{file.name}</bdi>
          {!failed && (
            <span className="shrink-0 text-muted tabular-nums">
              {state === "waiting" ? strings.waiting : sizeWords(file.size)}
            </span>
          )}
        </div>
        {failed ? (
          <span role="alert" className="text-danger">
            {problem?.message}
          </span>
        ) : (
          <Progress label={strings.progress(file.name)} value={sent / Math.max(1, file.size)} />
        )}
      </div>
      {failed && retriable && (
        <IconButton
          small
          icon="again"
          label={strings.againNamed(file.name)}
          onClick={() => again(upload, open)}
        />
      )}
      <IconButton
        small
        icon="cross"
        label={failed ? strings.dismiss(file.name) : strings.stop(file.name)}
        onClick={() => cancel(upload)}
      />
    </li>
  );
}
