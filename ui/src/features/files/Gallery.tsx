import { useInfiniteQuery } from "@tanstack/react-query";
import { asProblem } from "../../api/problem";
import { imagesQuery } from "../../api/queries";
import type { StoredFile } from "../../api/types";
import { Button } from "../../ui/Button";
import { ErrorState, PlaceState, Skeleton } from "../../ui/State";
import { strings } from "./strings";
import { Thumbnail } from "./Thumbnail";

/** How high a row of pictures is about, in rem; rows grow to the width. */
const ROW = 6;
const WIDEST = 2.6;
const NARROWEST = 0.6;

interface GalleryProps {
  session: string;
  onOpen: (file: StoredFile) => void;
}

/** The pictures of a session in rows, each in its own shape; very wide or high ones are cropped. */
export function Gallery({ session, onOpen }: GalleryProps) {
  const list = useInfiniteQuery(imagesQuery(session));
  const pictures = list.data?.pages.flatMap((page) => page.items) ?? [];
  if (list.isPending) return <Skeleton label={strings.loading} />;
  if (list.isError && !list.data) {
    return (
      <ErrorState
        title={strings.galleryFailed}
        text={asProblem(list.error).message}
        onAgain={() => void list.refetch()}
      />
    );
  }
  if (pictures.length === 0) {
    return <PlaceState icon="picture" title={strings.noPictures} text={strings.noPicturesText} />;
  }
  return (
    <>
      <ul aria-label={strings.gallery} className="flex flex-wrap gap-1.5 after:grow-[1000] after:content-['']">
        {pictures.map((file) => (
          <Tile key={file.id} session={session} file={file} onOpen={onOpen} />
        ))}
      </ul>
      {list.hasNextPage && (
        <Button tone="quiet" disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {strings.more}
        </Button>
      )}
    </>
  );
}

function Tile({ session, file, onOpen }: GalleryProps & { file: StoredFile }) {
  const { width, height } = file.picture ?? { width: 1, height: 1 };
  const shape = Math.min(WIDEST, Math.max(NARROWEST, width / Math.max(1, height)));
  return (
    <li className="min-w-0" style={{ flexGrow: shape, flexBasis: `${shape * ROW}rem`, maxWidth: `${shape * ROW * 1.6}rem` }}>
      <button
        type="button"
        data-picture={file.id}
        title={file.name}
        onClick={() => onOpen(file)}
        style={{ aspectRatio: shape }}
        className="group block w-full cursor-zoom-in overflow-hidden rounded-control bg-hover"
      >
        <Thumbnail
          session={session}
          file={file}
          px={256}
          alt={file.name}
          className="size-full transition-[scale] duration-150 group-hover:scale-[1.03]"
        />
      </button>
    </li>
  );
}
