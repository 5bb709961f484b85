import { Store } from "./store";

/** True once the server said that this device is signed out. */
export const signedOut = new Store(false);

export function markSignedOut(): void {
  signedOut.set(true);
}
