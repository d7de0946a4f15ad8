import type { ReactNode } from "react";

const paths = {
  plus: "M10 4v12M4 10h12",
  clock: "M10 5.500V10l3 2M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14z",
  gear: "M4 6h7M15 6h1M4 14h1M9 14h7M13 4v4M7 12v4",
  sun: "M10 3v1.500M10 15.500V17M3 10h1.500M15.500 10H17M5 5l1 1M14 14l1 1M15 5l-1 1M6 14l-1 1M10 7a3 3 0 1 1 0 6 3 3 0 0 1 0-6z",
  moon: "M16 11.500A6.500 6.500 0 0 1 8.500 4a6.500 6.500 0 1 0 7.500 7.500z",
  copy: "M7.500 7.500h8v8h-8zM12.500 7.500v-3h-8v8h3",
  check: "M4.500 10.500l3.500 3.500 7.500-8",
  again: "M15.500 10a5.500 5.500 0 1 1-1.700-4M15.500 3.500V7H12",
  stop: "M6 6h8v8H6z",
  link: "M8.500 11.500l3-3M9 6.500l1.500-1.500a3.200 3.200 0 0 1 4.500 4.500L13.500 11M11 13.500L9.500 15A3.200 3.200 0 0 1 5 10.500L6.500 9",
  cut: "M3.500 10h3.500M13 10h3.500M8.500 6.500l3 7",
  bolt: "M11 3L5 11h4l-1 6 6-8h-4z",
  send: "M10 16V4.500M5 9l5-5 5 5",
  expand: "M6 8l4-4 4 4M6 12l4 4 4-4",
  collapse: "M6 4l4 4 4-4M6 16l4-4 4 4",
  close: "M5 5l10 10M15 5L5 15",
  spark: "M10 4l1.500 4.500L16 10l-4.500 1.500L10 16l-1.500-4.500L4 10l4.500-1.500z",
};

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }): ReactNode {
  return (
    <svg className="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
