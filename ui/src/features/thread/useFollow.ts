import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from "react";

const NEAR = 96;

interface Follow {
  log: RefObject<HTMLDivElement | null>;
  /** The reader is at the end, or close to it. */
  near: boolean;
  onScroll: () => void;
  toEnd: () => void;
}

/**
 * Keeps a log at its end while the reader is there, and still while they read above it.
 * `first` and `last` name the outermost rows: a new first row moves nothing, a row of one's own at the end is shown.
 */
export function useFollow(
  session: string | null,
  first: string,
  last: string,
  own: boolean,
  grown: unknown,
): Follow {
  const log = useRef<HTMLDivElement>(null);
  const [near, setNear] = useState(true);
  const before = useRef({ session, first, last, height: 0, top: 0, near: true });

  const toEnd = useCallback(() => {
    if (log.current) log.current.scrollTop = log.current.scrollHeight;
  }, []);

  const onScroll = useCallback(() => {
    const { scrollHeight, scrollTop, clientHeight } = log.current!;
    const now = scrollHeight - scrollTop - clientHeight < NEAR;
    before.current.top = scrollTop;
    before.current.near = now;
    setNear(now);
  }, []);

  useLayoutEffect(() => {
    const box = log.current;
    if (!box) return;
    const was = before.current;
    const moved = was.session !== session && was.session !== null;
    if (moved || was.height === 0 || was.near || (own && was.last !== last)) toEnd();
    else if (was.first !== first && was.last === last)
      box.scrollTop = was.top + box.scrollHeight - was.height;
    before.current = {
      session,
      first,
      last,
      height: box.scrollHeight,
      top: box.scrollTop,
      near: was.near || moved,
    };
    onScroll();
  }, [session, first, last, own, grown, toEnd, onScroll]);

  useLayoutEffect(() => {
    const box = log.current!;
    const sizes = new ResizeObserver(() => before.current.near && toEnd());
    sizes.observe(box);
    sizes.observe(box.lastElementChild!);
    return () => sizes.disconnect();
  }, [toEnd]);

  return { log, near, onScroll, toEnd };
}
