export const strings = {
  label: "Theme",
  themes: { system: "As the system", light: "Light", dark: "Dark" },
};
