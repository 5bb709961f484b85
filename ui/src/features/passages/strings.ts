export const strings = {
  loading: "Loading the passage",
  failed: "The passage could not be loaded",
  gone: "This document is no longer here",
  goneText: "What was quoted from it:",
  goneOnly: "It was deleted, or its shared corpus was replaced.",
  earlier: "Show the passage before",
  later: "Show the passage after",
  cited: (number: number) => `Cited passage ${number}`,
  passages: (name: string) => `Passages of ${name}`,
  sessionFile: "This session’s file",
  corpus: (name: string) => `Shared corpus: ${name}`,
};
