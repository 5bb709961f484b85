import { Store } from "../../api/store";

export type Theme = "system" | "light" | "dark";

const KEY = "sojourn-theme";

/** The theme kept in this browser. Where storage is refused, the system's. */
function kept(): Theme {
  try {
    const theme = localStorage.getItem(KEY);
    return theme === "light" || theme === "dark" ? theme : "system";
  } catch {
    return "system";
  }
}

export const theme = new Store<Theme>(kept());

function show(): void {
  document.documentElement.dataset.theme = theme.get();
}

export function choose(chosen: Theme): void {
  theme.set(chosen);
  show();
  try {
    localStorage.setItem(KEY, chosen);
  } catch {
    return;
  }
}

/** Shows the kept theme, and follows the other tabs. Called once, before anything is drawn. */
export function followTheme(): void {
  show();
  addEventListener("storage", (event) => {
    if (event.key !== KEY) return;
    theme.set(kept());
    show();
  });
}
