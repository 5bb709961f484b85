import { type ReactNode, useRef } from "react";
import { Button, IconButton } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { strings } from "./strings";

interface PickerProps {
  disabled?: boolean;
  onFiles: (files: File[]) => void;
}

/** The browser's own file chooser, behind a button of ours. */
function useChooser(
  onFiles: (files: File[]) => void,
  name: string,
): { chooser: ReactNode; choose: () => void } {
  const input = useRef<HTMLInputElement>(null);
  const chooser = (
    <input
      ref={input}
      hidden
      type="file"
      multiple
      aria-label={name}
      onChange={(event) => {
        onFiles([...(event.target.files ?? [])]);
        event.target.value = "";
      }}
    />
  );
  return { chooser, choose: () => input.current?.click() };
}

export function AddFiles({ disabled = false, onFiles }: PickerProps) {
  const { chooser, choose } = useChooser(onFiles, strings.add);
  return (
    <>
      {chooser}
      <Button disabled={disabled} onClick={choose}>
        <Icon small name="plus" />
        {strings.add}
      </Button>
    </>
  );
}

export function AttachFiles({ disabled = false, onFiles }: PickerProps) {
  const { chooser, choose } = useChooser(onFiles, strings.attach);
  return (
    <>
      {chooser}
      <IconButton icon="clip" label={strings.attach} disabled={disabled} onClick={choose} />
    </>
  );
}

/** For a file whose upload was broken off. */
export function ChooseAgain({ name, onFiles }: PickerProps & { name: string }) {
  const { chooser, choose } = useChooser(onFiles, strings.choose(name));
  return (
    <>
      {chooser}
      <IconButton small icon="clip" label={strings.choose(name)} onClick={choose} />
    </>
  );
}
