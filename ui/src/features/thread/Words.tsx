import { lazy, Suspense } from "react";
import { Marker } from "./Citations";
import { cutAtMarkers } from "./markers";

const Markdown = lazy(() => import("./Markdown"));

/** Text with its markers as buttons. */
export function Marked({ text }: { text: string }) {
  return cutAtMarkers(text).map((piece, place) =>
    typeof piece === "number" ? <Marker key={place} number={piece} /> : piece,
  );
}

/** The words of an answer; as plain paragraphs until the Markdown reader is here. */
export function Words({ text }: { text: string }) {
  return (
    <div dir="auto" className="prose">
      <Suspense
        fallback={
          <p className="whitespace-pre-wrap">
            <Marked text={text} />
          </p>
        }
      >
        <Markdown text={text} />
      </Suspense>
    </div>
  );
}
