/** When the element with the focus is about to leave the page, `place` takes it over. */
export function keepFocus(place: HTMLElement | null): void {
  setTimeout(() => {
    if (document.activeElement === document.body && place?.isConnected) place.focus();
  }, 50);
}
