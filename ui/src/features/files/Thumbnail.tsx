import { useState } from "react";
import { thumbnailAddress } from "../../api/calls";
import type { StoredFile } from "../../api/types";
import { cx } from "../../ui/cx";
import { Icon } from "../../ui/Icon";

interface ThumbnailProps {
  session: string;
  file: StoredFile;
  px: number;
  /** Empty where the name stands beside it. */
  alt: string;
  /** All of it, with room around, instead of a part that fills its place. */
  whole?: boolean;
  className?: string;
}

/** A picture in small. Its place is there before it is; one that cannot be drawn leaves a sign. */
export function Thumbnail({ session, file, px, alt, whole = false, className }: ThumbnailProps) {
  const [failed, setFailed] = useState(false);
  if (failed) {
    return (
      <span
        role={alt ? "img" : undefined}
        aria-label={alt || undefined}
        className={cx("flex items-center justify-center text-muted", className)}
      >
        <Icon name="picture" />
      </span>
    );
  }
  return (
    <img
      src={thumbnailAddress(session, file.id, px)}
      alt={alt}
      width={file.picture?.width}
      height={file.picture?.height}
      loading="lazy"
      decoding="async"
      draggable={false}
      onError={() => setFailed(true)}
      className={cx(whole ? "object-contain" : "object-cover", className)}
    />
  );
}
