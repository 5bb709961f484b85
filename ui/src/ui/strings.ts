export const strings = {
  again: "Try again",
  notifications: "Notifications",
  dismiss: "Dismiss",
  copied: "Copied",
  selected: "Selected: copy it with the keyboard",
  page: (page: number) => `Page ${page}`,
  row: (row: number) => `Row ${row}`,
  rows: (first: number, last: number) => `Rows ${first}–${last}`,
  line: (line: number) => `Line ${line}`,
  fromSession: "This session",
  sharedCorpus: (name: string) => `Shared: ${name}`,
};
