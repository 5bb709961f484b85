import { QueryClientProvider, useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { asProblem } from "../api/problem";
import { meQuery, queries } from "../api/queries";
import { signedOut } from "../api/signedOut";
import { useStore } from "../api/store";
import { Button } from "../ui/Button";
import { ErrorState, PlaceState, Skeleton } from "../ui/State";
import { Toasts } from "../ui/Toasts";
import { Boundary } from "./Boundary";
import { Shell } from "./Shell";
import { strings } from "./strings";

export function App() {
  return (
    <QueryClientProvider client={queries}>
      <Boundary>
        <Gate />
      </Boundary>
      <Toasts />
    </QueryClientProvider>
  );
}

/** Nothing is shown of anybody before the server said whose page this is. */
function Gate() {
  const out = useStore(signedOut);
  const me = useQuery(meQuery);
  if (out) return <SignedOut />;
  if (me.data) return <Shell me={me.data} />;
  if (me.isError) {
    return (
      <main className="flex h-full" data-state="unreachable">
        <ErrorState
          whole
          title={strings.unreachableTitle}
          text={`${asProblem(me.error).message} ${strings.unreachableText}`}
          onAgain={() => void me.refetch()}
        />
      </main>
    );
  }
  return (
    <main className="mx-auto w-full max-w-[38rem] p-6" data-state="loading">
      <h1 className="sr-only">{strings.name}</h1>
      <Skeleton label={strings.loading} rows={6} />
    </main>
  );
}

function SignedOut() {
  useEffect(() => queries.clear(), []);
  return (
    <main className="flex h-full" data-state="signed-out">
      <PlaceState whole icon="wave" title={strings.signedOutTitle} text={strings.signedOutText}>
        <Button tone="main" onClick={() => location.assign("/")}>
          {strings.startAnew}
        </Button>
      </PlaceState>
    </main>
  );
}
