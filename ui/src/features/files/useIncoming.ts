import { useEffect, useEffectEvent, useState } from "react";
import { droppedFiles } from "./dropped";
import { strings } from "./strings";

function carriesFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

/** Pasted pictures all have one name; each gets its moment instead. */
function pasted(list: FileList): File[] {
  const moment = new Date().toISOString().slice(0, 19).replace("T", " ").replaceAll(":", ".");
  return [...list].map((file, place) => {
    if (!/^image\.\w+$/.test(file.name)) return file;
    const ending = file.name.slice(file.name.lastIndexOf("."));
    const name = strings.pasted(place ? `${moment} ${place + 1}` : moment, ending);
    return new File([file], name, { type: file.type });
  });
}

/** Takes files dropped or pasted anywhere on the page. Answers whether some are held over it now. */
export function useIncoming(take: (files: File[]) => void): boolean {
  const [over, setOver] = useState(false);
  const taken = useEffectEvent((files: File[]) => files.length > 0 && take(files));

  useEffect(() => {
    const stop = new AbortController();
    const listen = { signal: stop.signal };
    addEventListener(
      "dragover",
      (event) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        event.dataTransfer!.dropEffect = "copy";
        setOver(true);
      },
      listen,
    );
    addEventListener("dragleave", (event) => event.relatedTarget === null && setOver(false), listen);
    addEventListener(
      "drop",
      (event) => {
        setOver(false);
        if (!carriesFiles(event)) return;
        event.preventDefault();
        void droppedFiles(event.dataTransfer!).then(taken);
      },
      listen,
    );
    addEventListener(
      "paste",
      (event) => {
        const list = event.clipboardData?.files;
        if (!list?.length) return;
        event.preventDefault();
        taken(pasted(list));
      },
      listen,
    );
    return () => stop.abort();
  }, []);
  return over;
}
