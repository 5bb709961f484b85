export const strings = {
  unreachable: "The server cannot be reached.",
  refused: (status: number) => `The server answered ${status}.`,
  cut: "The answer broke off before its end.",
};
