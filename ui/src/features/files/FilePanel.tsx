import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { fileAddress } from "../../api/calls";
import { asProblem } from "../../api/problem";
import { fileQuery } from "../../api/queries";
import { useStore } from "../../api/store";
import type { StoredFile } from "../../api/types";
import { Button, buttonLook } from "../../ui/Button";
import { CopyField } from "../../ui/CopyField";
import { dateWords, sizeWords } from "../../ui/format";
import { Icon } from "../../ui/Icon";
import { ErrorState, PlaceState, Skeleton } from "../../ui/State";
import { kindWords } from "./kinds";
import { remove } from "./removal";
import { strings } from "./strings";
import { TextStatus } from "./TextStatus";
import { Thumbnail } from "./Thumbnail";
import { isZip, unpack, unpackings } from "./unpacking";

interface FilePanelProps {
  session: string;
  id: string;
  locked: boolean;
  onRead: (file: StoredFile) => void;
  onPicture: (file: StoredFile) => void;
  onGone: () => void;
}

/** All that is known of one file, and what can be done with it. */
export function FilePanel({ session, id, onGone, ...rest }: FilePanelProps) {
  const { data: file, error, refetch } = useQuery(fileQuery(session, id));
  if (error) {
    const problem = asProblem(error);
    if (problem.status === 404 || problem.status === 410) {
      return <PlaceState icon="file" title={strings.panelGone} text={strings.panelGoneText} />;
    }
    if (!file) {
      return <ErrorState title={strings.panelFailed} text={problem.message} onAgain={() => void refetch()} />;
    }
  }
  if (!file) return <Skeleton label={strings.loading} rows={6} />;
  if (file.deleted_at) {
    return <PlaceState icon="bin" title={strings.panelGone} text={strings.panelGoneText} />;
  }
  return <Known {...rest} session={session} file={file} onGone={onGone} />;
}

interface KnownProps extends Omit<FilePanelProps, "id"> {
  file: StoredFile;
}

function Known({ session, file, locked, onRead, onPicture, onGone }: KnownProps) {
  const going = useStore(unpackings).some(({ archive, state }) => archive.id === file.id && state === "going");
  const { picture } = file;
  return (
    <div className="flex flex-col gap-4 px-4 pb-6">
      {picture && (
        <button
          type="button"
          aria-label={strings.show(file.name)}
          onClick={() => onPicture(file)}
          className="flex max-h-60 cursor-zoom-in justify-center overflow-hidden rounded-card bg-hover"
          style={{ aspectRatio: Math.max(0.75, Math.min(4, picture.width / Math.max(1, picture.height))) }}
        >
          <Thumbnail session={session} file={file} px={512} alt="" whole className="size-full" />
        </button>
      )}
      <p dir="auto" className="font-strong text-small [overflow-wrap:anywhere]">
        {file.name}
      </p>
      <div className="flex flex-wrap gap-2">
        <a href={fileAddress(session, file.id)} download={file.name} className={buttonLook("plain")}>
          <Icon small name="save" />
          {strings.downloadFile}
        </a>
        {isZip(file) && !locked && (
          <Button disabled={going} onClick={() => void unpack(session, file)}>
            <Icon small name="box" />
            {strings.unpack}
          </Button>
        )}
        {!locked && (
          <Button
            onClick={() => {
              onGone();
              void remove(session, file);
            }}
          >
            <Icon small name="bin" />
            {strings.deleteFile}
          </Button>
        )}
      </div>
      <dl className="flex flex-col gap-2.5 text-small">
        <Fact name={strings.type}>
          {kindWords(file)} <span className="text-muted [overflow-wrap:anywhere]">{file.media_type}</span>
        </Fact>
        <Fact name={strings.size}>
          {sizeWords(file.size)}{" "}
          {file.size >= 1000 && (
            <span className="text-muted tabular-nums">{strings.bytes(file.size.toLocaleString())}</span>
          )}
        </Fact>
        {picture && (
          <Fact name={strings.measures}>
            {strings.pixels(picture.width, picture.height)}
            {picture.frames > 1 && ` · ${strings.frames(picture.frames)}`}
          </Fact>
        )}
        <Fact name={strings.added}>{dateWords(file.created_at)}</Fact>
        <Fact name={strings.words}>
          <TextStatus file={file} />
          {file.problem && <span className="block text-muted">{file.problem}</span>}
          {file.text === "ready" && file.chunks > 0 && (
            <button
              type="button"
              className="block min-h-6 rounded-control text-accent underline underline-offset-2"
              onClick={() => onRead(file)}
            >
              {strings.read}
            </button>
          )}
        </Fact>
        <Fact name={strings.digest}>
          <CopyField text={file.digest} label={strings.copyDigest} />
        </Fact>
      </dl>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-note text-muted">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
