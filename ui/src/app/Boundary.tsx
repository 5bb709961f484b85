import { Component, type ReactNode } from "react";
import { Button } from "../ui/Button";
import { PlaceState } from "../ui/State";
import { strings } from "./strings";

/** Stands in for the page when a fault of its own stops it. What is on the server is not touched by that. */
export class Boundary extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  override render(): ReactNode {
    if (!this.state.broken) return this.props.children;
    return (
      <main className="flex h-full" data-state="broken">
        <PlaceState whole icon="alert" title={strings.brokenTitle} text={strings.brokenText}>
          <Button tone="main" onClick={() => location.reload()}>
            {strings.reload}
          </Button>
        </PlaceState>
      </main>
    );
  }
}
