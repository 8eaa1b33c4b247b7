// Line icons of the page, each drawn on a 20 by 20 grid.

import { svg } from "./dom.js";

const PATHS = {
  home: "M3.5 9.2 10 3.6l6.5 5.6M5.2 8v8h3.3v-4.4h3V16h3.3V8",
  chat: "M3.5 4.5h13v8.6h-6.2L6.6 16v-2.9H3.5z",
  hash: "M7.7 3.5 6.3 16.5M13.7 3.5l-1.4 13M4 7.6h12.6M3.4 12.4H16",
  traffic: "M2.8 10.5h3l2-6 3.6 11.4 2.2-5.4h3.6",
  checks: "m3.4 5.4 1.5 1.5 2.5-2.7M3.4 12.9l1.5 1.5 2.5-2.7M10.5 5.8h6.2M10.5 13.4h6.2",
  bolt: "M11.2 2.8 4.6 11h4.3l-.9 6.2L15 8.9h-4.6z",
  sun: "M10 6.6a3.4 3.4 0 1 0 0 6.8 3.4 3.4 0 0 0 0-6.8zM10 2.4v1.7M10 15.9v1.7M2.4 10h1.7M15.9 10h1.7M4.6 4.6l1.2 1.2M14.2 14.2l1.2 1.2M15.4 4.6l-1.2 1.2M5.8 14.2l-1.2 1.2",
  moon: "M15.9 12.2A6.7 6.7 0 0 1 7.8 4.1a6.7 6.7 0 1 0 8.1 8.1z",
  close: "m5 5 10 10M15 5 5 15",
  back: "M12.2 4.4 6.6 10l5.6 5.6",
  down: "m5.4 7.8 4.6 4.6 4.6-4.6",
  right: "m7.8 5.4 4.6 4.6-4.6 4.6",
  reply: "M4 4.6h12v8H9.2L6 15.6v-3H4zM7 7.4h6M7 9.8h4",
  smile: "M10 3.2a6.8 6.8 0 1 0 0 13.6 6.8 6.8 0 0 0 0-13.6zM7.6 8v.6M12.4 8v.6M7 11.6c1.6 2.2 4.4 2.2 6 0",
  dots: "M4.9 10h.2M9.9 10h.2M14.9 10h.2",
  send: "M3.4 16.4 17 10 3.4 3.6l1.9 6.4zM5.3 10H10",
  plus: "M10 4.2v11.6M4.2 10h11.6",
  at: "M12.9 7.2v3.9c0 2.7 3.6 2.2 3.6-1.3A6.5 6.5 0 1 0 13.7 15M12.9 10a2.9 2.9 0 1 1-5.8 0 2.9 2.9 0 0 1 5.8 0z",
  slash: "M12.6 4.4 7.4 15.6M3.4 3.4h13.2v13.2H3.4z",
  code: "M7 5.6 2.8 10 7 14.4M13 5.6l4.2 4.4-4.2 4.4",
  copy: "M7.2 7.2h9v9h-9zM4 12.8V3.8h9",
  reset: "M4.2 8.2a6.2 6.2 0 1 1-.2 3.6M3.8 4.2v4.2H8",
  clock: "M10 3.4a6.6 6.6 0 1 0 0 13.2 6.6 6.6 0 0 0 0-13.2zM10 6.4V10l2.6 1.7",
  eye: "M2.6 10s2.7-4.8 7.4-4.8 7.4 4.8 7.4 4.8-2.7 4.8-7.4 4.8S2.6 10 2.6 10zM10 7.9a2.1 2.1 0 1 0 0 4.2 2.1 2.1 0 0 0 0-4.2z",
  tick: "m4.4 10.6 3.6 3.6 7.6-8.4",
  people:
    "M7.4 9.2a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4zM2.6 16.2c.3-3 2.2-4.6 4.8-4.6s4.5 1.6 4.8 4.6M12.6 4.2a2.6 2.6 0 0 1 0 4.9M14.3 11.9c1.8.6 2.9 2 3.1 4.3",
  bold: "M6.2 4h4.2c3.6 0 3.6 5.6 0 5.6H6.2zM6.2 9.6h5c4 0 4 6.4 0 6.4h-5z",
  italic: "M11.6 4 8.4 16M9 4h5.2M5.8 16H11",
  strike:
    "M3.6 10h12.8M13.6 6.4C12.6 3.2 6.6 3.4 6.8 6.6c.1 1.4 1.2 2 2.6 2.4M6.2 13.2c.8 3.6 7.6 3.4 7.6.2 0-.6-.2-1-.5-1.4",
};

/** An icon as an SVG node, hidden from screen readers: its button carries the label. */
export function icon(name, size = 20) {
  return svg(
    "svg",
    {
      viewBox: "0 0 20 20",
      width: size,
      height: size,
      class: "icon",
      "aria-hidden": "true",
      fill: "none",
      stroke: "currentColor",
      "stroke-width": name === "dots" ? 2.4 : 1.6,
      "stroke-linecap": "round",
      "stroke-linejoin": "round",
    },
    svg("path", { d: PATHS[name] ?? PATHS.dots }),
  );
}
