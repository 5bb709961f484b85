/** Line drawings on a 20 by 20 grid. They are decoration: the words are beside them or in the name. */
const drawings = {
  plus: "M10 4v12M4 10h12",
  panes: "M3.5 6h13M3.5 10h13M3.5 14h8",
  more: "M4.5 10h.01M10 10h.01M15.5 10h.01",
  pencil: "M4 16l.8-3.4L13 4.4a1.4 1.4 0 012 0l.6.6a1.4 1.4 0 010 2L7.4 15.2 4 16z",
  bin: "M4 6h12M8 6V4.200h4V6M5.5 6l.7 10h7.600l.7-10M8.5 9v4.500M11.5 9v4.5",
  up: "M10 16V4.500M5 9.500l5-5 5 5",
  down: "M10 4v11.500M5 10.500l5 5 5-5",
  left: "M16 10H4.500M9.5 5l-5 5 5 5",
  clip: "M15.5 9.500l-5.6 5.600a3.4 3.4 0 01-4.8-4.800l6-6a2.3 2.3 0 013.2 3.200l-5.7 5.700a1.1 1.1 0 01-1.6-1.600l5-5",
  cross: "M5 5l10 10M15 5L5 15",
  alert: "M10 6.500v4.200M10 13.600h.01M10 2.800a7.2 7.2 0 100 14.4 7.2 7.2 0 000-14.400z",
  save: "M10 3.500v9M6 9l4 4 4-4M4 16.500h12",
  file: "M5.5 2.800h6l3.5 3.500v10.900H5.500zM11.2 3v3.600H15",
  shelf: "M4 4v12.500M8 4v12.500M11.5 4.500l4.5 11.500M3 16.500h14",
  half: "M10 3a7 7 0 100 14V3zM10 3a7 7 0 010 14",
  wave: "M2.5 12.500c2.5-2.7 5-2.7 7.5 0s5 2.7 7.5 0M10 4.500a2 2 0 100 4 2 2 0 000-4z",
  again: "M15.5 10a5.5 5.5 0 11-1.7-4M14.5 3v3.500H11",
  stop: "M6.5 6.500h7v7h-7z",
  right: "M4 10h11.5M10.5 5l5 5-5 5",
  pause: "M7.5 5v10M12.5 5v10",
  play: "M7 4.500l8.500 5.500L7 15.500z",
  picture: "M3.500 4.500h13v11h-13zM3.500 13.500l3.500-3.500 3 3 2.500-2.500 4 4M12.800 7.600h.01",
  box: "M3.500 6.800L10 3.500l6.500 3.300v6.400L10 16.500l-6.500-3.300zM3.500 6.800L10 10l6.500-3.200M10 10v6.500",
  copy: "M7.500 7.500V3.800h8.700v8.700h-3.700M3.800 7.500h8.700v8.700H3.800z",
  undo: "M7 4.500L3.500 8 7 11.500M3.500 8H12a4 4 0 010 8H8.500",
  info: "M10 9.300v4.300M10 6.400h.01M10 2.800a7.200 7.200 0 100 14.400 7.200 7.200 0 000-14.400z",
  check: "M4.5 10.500l3.7 3.7 7.3-8",
} as const;

export type IconName = keyof typeof drawings;

export function Icon({ name, small = false }: { name: IconName; small?: boolean }) {
  const size = small ? "1rem" : "1.25rem";
  const heavy = name === "more";
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill={name === "stop" ? "currentColor" : "none"}
      stroke="currentColor"
      strokeWidth={heavy ? 2.2 : 1.5}
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={drawings[name]} />
    </svg>
  );
}
