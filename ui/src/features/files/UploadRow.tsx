import { IconButton } from "../../ui/Button";
import { sizeWords } from "../../ui/format";
import { Icon } from "../../ui/Icon";
import { Progress } from "../../ui/Progress";
import type { Problem } from "../../api/problem";
import { strings } from "./strings";
import { cancel, pause, resume, type Upload } from "./uploads";

export function UploadRow({ upload }: { upload: Upload }) {
  const { file, problem, sent, state } = upload;
  const failed = state === "failed";
  return (
    <li className="enter flex items-center gap-2" data-upload={state}>
      <span className={failed ? "text-danger" : "text-muted"}>
        <Icon small name={failed ? "alert" : "file"} />
      </span>
      <div className="flex min-w-0 flex-1 flex-col gap-1">
        <div className="flex min-w-0 items-baseline justify-between gap-2">
          <bdi className="truncate">{file.name}</bdi>
          {!failed && <span className="shrink-0 text-muted tabular-nums">{stateWords(upload)}</span>}
        </div>
        {failed ? (
          <span role="alert" className="text-danger">
            {problem && failureWords(problem)}
          </span>
        ) : (
          <Progress label={strings.progress(file.name)} value={sent / Math.max(1, file.size)} />
        )}
      </div>
      <span className="flex shrink-0">
        {failed && problem?.passing && (
          <IconButton
            small
            icon="again"
            label={strings.againNamed(file.name)}
            onClick={() => resume(upload)}
          />
        )}
        {state === "paused" && (
          <IconButton
            small
            icon="play"
            label={strings.resume(file.name)}
            onClick={() => resume(upload)}
          />
        )}
        {(state === "sending" || state === "waiting") && (
          <IconButton small icon="pause" label={strings.pause(file.name)} onClick={() => pause(upload)} />
        )}
        <IconButton
          small
          icon="cross"
          label={failed ? strings.dismiss(file.name) : strings.stop(file.name)}
          onClick={() => cancel(upload)}
        />
      </span>
    </li>
  );
}

function stateWords({ file, sent, state }: Upload): string {
  if (state === "waiting") return strings.waiting;
  if (state === "paused") return strings.paused;
  return sent > 0 && sent < file.size
    ? strings.ofSize(sizeWords(sent), sizeWords(file.size))
    : sizeWords(file.size);
}

/** Why, what was kept, and what to do: a full session can be made room in. */
function failureWords(problem: Problem): string {
  if (problem.status === 0 || problem.code === "unreadable") return problem.message;
  if (problem.message.includes(strings.notKept) || problem.code === "invalid") return problem.message;
  return `${problem.message} ${problem.code === "limit_exceeded" ? strings.noRoom : strings.notKept}`;
}
