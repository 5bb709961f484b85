import { Link } from "wouter";
import { restore } from "../features/sessions/actions";
import { Button, buttonLook } from "../ui/Button";
import { ErrorState, PlaceState, Skeleton } from "../ui/State";
import { DRAFT } from "./route";
import { strings } from "./strings";
import type { Screen } from "./useScreen";

export function NewSession() {
  return (
    <Link href={DRAFT} className={buttonLook("main")}>
      {strings.newSession}
    </Link>
  );
}

function Recent() {
  return (
    <Link href="/" className={buttonLook("plain")}>
      {strings.recent}
    </Link>
  );
}

/** What stands here when no session does. */
export function Instead({ screen }: { screen: Screen }) {
  switch (screen.kind) {
    case "missing":
      return (
        <PlaceState whole icon="wave" title={strings.missingTitle} text={strings.missingText}>
          <Recent />
          <NewSession />
        </PlaceState>
      );
    case "gone":
      return (
        <PlaceState whole icon="wave" title={strings.goneTitle} text={strings.goneText}>
          <Recent />
          <NewSession />
        </PlaceState>
      );
    case "trash":
      return (
        <PlaceState whole icon="bin" title={strings.trashTitle} text={strings.trashText}>
          <Recent />
          <Button tone="main" onClick={() => void restore(screen.session.id)}>
            {strings.restore}
          </Button>
        </PlaceState>
      );
    case "failed":
      return (
        <ErrorState
          whole
          title={screen.list ? strings.listFailed : strings.sessionFailed}
          text={screen.problem.message}
          onAgain={screen.again}
        />
      );
    default:
      return (
        <div className="mx-auto w-full max-w-[38rem] p-6">
          <h1 className="sr-only">{strings.name}</h1>
          <Skeleton label={strings.loading} rows={6} />
        </div>
      );
  }
}
