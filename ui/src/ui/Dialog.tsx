import { type ReactNode, useId, useLayoutEffect, useRef } from "react";

interface DialogProps {
  title: string;
  onClose: () => void;
  /** Where the focus goes when the dialog ends; else to what had it before. */
  returnTo?: HTMLElement | null;
  children: ReactNode;
}

/** A modal question. The browser keeps the focus inside and the rest of the page still. */
export function Dialog({ title, onClose, returnTo, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useLayoutEffect(() => {
    const shown = dialog.current!;
    const before = returnTo ?? (document.activeElement as HTMLElement | null);
    shown.showModal();
    return () => {
      shown.close();
      if (before?.isConnected) before.focus();
    };
  }, [returnTo]);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={heading}
      className="enter m-auto w-[min(26rem,calc(100vw-2rem))] rounded-card border bg-raised font-plain shadow-float"
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <div className="flex flex-col gap-4 p-5">
        <h2 id={heading} className="text-read font-strong">
          {title}
        </h2>
        {children}
      </div>
    </dialog>
  );
}

export function DialogFoot({ children }: { children: ReactNode }) {
  return <div className="flex flex-wrap justify-end gap-2">{children}</div>;
}
