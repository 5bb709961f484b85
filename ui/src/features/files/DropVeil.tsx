import { Icon } from "../../ui/Icon";
import { strings } from "./strings";

/** What covers the page while files are held over it. */
export function DropVeil() {
  return (
    <div
      className="enter pointer-events-none fixed inset-0 z-50 flex items-center justify-center bg-scrim p-4"
      aria-hidden="true"
    >
      <div className="flex items-center gap-3 rounded-composer border-2 border-dashed border-accent bg-raised px-8 py-6 font-strong shadow-float">
        <Icon name="clip" />
        {strings.drop}
      </div>
    </div>
  );
}
