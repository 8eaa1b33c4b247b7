// Our own drawings of the status emoji, so that a warning looks the same on a machine without an emoji font.

import { svg } from "./dom.js";

// One drawing is a list of shapes on a 24 by 24 grid: c = circle, r = rounded box, p = filled path, s = stroked path.
const RED = "#d6404a";
const ORANGE = "#ee8b2d";
const YELLOW = "#f2b932";
const GREEN = "#2f9e5b";
const BLUE = "#3b82d6";
const PURPLE = "#8d5bc9";
const BROWN = "#93623f";
const WHITE = "#f7f8f8";
const GREY = "#8b979b";
const DARK = "#39434a";
const BOX = "#c99560";
const TICK = "m6.8 12.4 3.6 3.6 7-8";
const CROSS = "m6 6 12 12M18 6 6 18";
const TRIANGLE =
  "M12 2.8c.7 0 1.3.4 1.7 1l8.2 14.4c.7 1.3-.2 2.8-1.7 2.8H3.8c-1.5 0-2.4-1.5-1.7-2.8L10.3 3.8c.4-.6 1-1 1.7-1z";

const EYES =
  "M7 5c2.5 0 4.2 3 4.2 7S9.5 19 7 19s-4.2-3-4.2-7S4.5 5 7 5zM17 5c2.5 0 4.2 3 4.2 7s-1.7 7-4.2 7-4.2-3-4.2-7 1.7-7 4.2-7z";

const disc = (fill) => [["c", 12, 12, 9.4, fill]];
const tile = (fill) => [["r", 2.6, 2.6, 18.8, 18.8, 3.5, fill]];
const mark = (path, colour, width = 3) => [["s", path, colour, width]];
const arrow = (path) => [...tile(BLUE), ...mark(path, WHITE, 2.4)];

const ART = {
  red_circle: disc(RED),
  large_orange_circle: disc(ORANGE),
  large_yellow_circle: disc(YELLOW),
  large_green_circle: disc(GREEN),
  large_blue_circle: disc(BLUE),
  large_purple_circle: disc(PURPLE),
  large_brown_circle: disc(BROWN),
  white_circle: [
    ["c", 12, 12, 9.4, GREY],
    ["c", 12, 12, 8.2, WHITE],
  ],
  black_circle: disc(DARK),
  large_red_square: tile(RED),
  large_orange_square: tile(ORANGE),
  large_yellow_square: tile(YELLOW),
  large_green_square: tile(GREEN),
  large_blue_square: tile(BLUE),
  black_large_square: tile(DARK),
  white_large_square: [
    ["r", 2.6, 2.6, 18.8, 18.8, 3.5, GREY],
    ["r", 3.8, 3.8, 16.4, 16.4, 2.6, WHITE],
  ],
  white_check_mark: [...tile(GREEN), ...mark(TICK, "#fff", 2.8)],
  ballot_box_with_check: [...tile(BLUE), ...mark(TICK, "#fff", 2.8)],
  heavy_check_mark: mark("m4 12.8 5.2 5.2L20 6", GREEN, 3.4),
  x: mark(CROSS, RED, 4),
  heavy_multiplication_x: mark(CROSS, DARK, 4),
  negative_squared_cross_mark: [...tile(GREEN), ...mark("m8 8 8 8M16 8l-8 8", "#fff", 2.8)],
  warning: [
    ["p", TRIANGLE, YELLOW],
    ["s", "M12 9v4.8", DARK, 2.2],
    ["c", 12, 17.3, 1.3, DARK],
  ],
  no_entry: [...disc(RED), ["r", 6, 10.2, 12, 3.6, 1, "#fff"]],
  no_entry_sign: [["s", "M12 3.8a8.2 8.2 0 1 0 0 16.4 8.2 8.2 0 0 0 0-16.4zM6.4 6.4l11.2 11.2", RED, 2.6]],
  octagonal_sign: [
    ["p", "M8 2.5h8L21.5 8v8L16 21.5H8L2.5 16V8z", RED],
    ["r", 7, 10.4, 10, 3.2, 1, "#fff"],
  ],
  exclamation: [
    ["s", "M12 3.5v10.5", RED, 4],
    ["c", 12, 19.6, 2.2, RED],
  ],
  question: [
    ["s", "M7.5 8c.3-5.5 9-5.5 9-.3 0 3.6-4.5 3.6-4.5 7.3", RED, 3.2],
    ["c", 12, 20, 2, RED],
  ],
  information_source: [...tile(BLUE), ["c", 12, 7.3, 1.7, "#fff"], ["s", "M12 11.5v6", "#fff", 3]],
  rotating_light: [
    ["p", "M6 17v-4.5a6 6 0 0 1 12 0V17z", RED],
    ["r", 4, 17.5, 16, 3.5, 1.2, DARK],
    ["s", "M12 2v2M4.3 4.8l1.5 1.5M19.7 4.8l-1.5 1.5", ORANGE, 1.8],
  ],
  bell: [
    ["p", "M12 3a6 6 0 0 1 6 6v4.5l2 3.5H4l2-3.5V9a6 6 0 0 1 6-6z", YELLOW],
    ["c", 12, 19.5, 2.2, ORANGE],
  ],
  mega: [
    ["r", 2, 9, 6, 6, 1.2, GREY],
    ["p", "M7 9 18 4v16L7 15z", RED],
    ["s", "M20.5 9.5v5", RED, 2.2],
    ["s", "m6 15.5 1.5 4.5", GREY, 2.4],
  ],
  handshake: [
    ["p", "m1.5 7.5 4-1.5v10l-4 .5zM22.5 7.5l-4-1.5v10l4 .5z", BLUE],
    ["s", "m6 8 5-.5 6.5 5.5-2.5 3", "#d99a6c", 3.6],
    ["s", "m18 8-5.5-1-4 4.5 2 1.5 3-2", "#f0c9a0", 3.2],
    ["s", "m6 14.5 5 4 3.5-1.5", "#f0c9a0", 3.2],
  ],
  chart_with_upwards_trend: [
    ["r", 2.6, 2.6, 18.8, 18.8, 3, "#eef2f3"],
    ["s", "m5.5 17 4.5-5 3 2.5L18.5 7", RED, 2.2],
  ],
  chart_with_downwards_trend: [
    ["r", 2.6, 2.6, 18.8, 18.8, 3, "#eef2f3"],
    ["s", "m5.5 7 4.5 5 3-2.5L18.5 17", BLUE, 2.2],
  ],
  bar_chart: [
    ["r", 2.6, 2.6, 18.8, 18.8, 3, "#eef2f3"],
    ["r", 6, 12, 3, 6.5, 0.6, GREEN],
    ["r", 10.5, 8, 3, 10.5, 0.6, RED],
    ["r", 15, 5.5, 3, 13, 0.6, BLUE],
  ],
  brain: [
    [
      "p",
      "M11.3 4.2C9 2.4 6.2 3.7 6 6.2 3.4 6.6 2.4 9.4 3.7 11.4 2 13.6 3 16.8 5.7 17.3c.4 2.9 3.9 4.2 5.6 2.2z",
      "#ef9fae",
    ],
    [
      "p",
      "M12.7 4.2c2.3-1.8 5.1-.5 5.3 2 2.6.4 3.6 3.2 2.3 5.2 1.7 2.2.7 5.4-2 5.9-.4 2.9-3.9 4.2-5.6 2.2z",
      "#e98b9d",
    ],
    [
      "s",
      "M8 8.5c.2 1.5 1.3 2.2 2.6 2M6.8 14c1-1.3 2.6-1.4 3.8-.4M16 8.5c-.2 1.5-1.3 2.2-2.6 2M17.2 14c-1-1.3-2.6-1.4-3.8-.4",
      "#c2657a",
      1.3,
    ],
  ],
  robot_face: [
    ["s", "M12 3v4", GREY, 1.8],
    ["c", 12, 2.8, 1.5, RED],
    ["r", 4, 6.5, 16, 13.5, 3.5, "#b9c6cc"],
    ["c", 8.8, 12, 2, BLUE],
    ["c", 15.2, 12, 2, BLUE],
    ["r", 8, 15.8, 8, 2, 1, DARK],
  ],
  package: [
    ["p", "m12 2.5 9 4v11l-9 4-9-4v-11z", BOX],
    ["p", "m3 6.5 9 4 9-4-9-4z", "#ddb083"],
    ["s", "M12 10.5v11", "#8d6238", 1.2],
    ["p", "m7 4.7 9 4v3l-2-.9V9.6l-8.8-4z", "#f0e0cc"],
  ],
  truck: [
    ["r", 1.5, 6, 12.5, 10.5, 1.2, "#dfe5e8"],
    ["p", "M14.5 9h4l4 4v3.5h-8z", RED],
    ["p", "M16 10.3h2l2 2.2h-4z", "#cfe6f5"],
    ["c", 6, 17.5, 2.4, DARK],
    ["c", 18, 17.5, 2.4, DARK],
  ],
  eyes: [
    ["s", EYES, GREY, 1.6],
    ["p", EYES, "#eef1f2"],
    ["c", 5.6, 12.5, 2, DARK],
    ["c", 15.6, 12.5, 2, DARK],
  ],
  bulb: [
    ["p", "M12 2.5a6.5 6.5 0 0 1 3.5 12V17h-7v-2.5a6.5 6.5 0 0 1 3.5-12z", YELLOW],
    ["r", 8.8, 17.8, 6.4, 3.7, 1.2, GREY],
  ],
  lock: [
    ["s", "M8 11V8a4 4 0 0 1 8 0v3", GREY, 2.2],
    ["r", 5, 10.5, 14, 10.5, 2, YELLOW],
  ],
  hourglass_flowing_sand: [
    ["p", "M6.5 3h11c0 5-3.8 6.5-3.8 9s3.8 4 3.8 9h-11c0-5 3.8-6.5 3.8-9S6.5 8 6.5 3z", "#dbe7ee"],
    ["p", "M8.3 20c.4-2.6 2.2-3.6 3.7-4.6 1.5 1 3.3 2 3.7 4.6zM9.3 7.5h5.4L12 11z", ORANGE],
    ["s", "M5.5 3h13M5.5 21h13", BROWN, 1.8],
  ],
  calendar: [
    ["r", 3, 4.5, 18, 16.5, 2.5, "#eef2f3"],
    ["r", 3, 4.5, 18, 5.5, 2.5, RED],
    ["s", "M7.5 14h.1M12 14h.1M16.5 14h.1M7.5 17.5h.1M12 17.5h.1", DARK, 2.2],
  ],
  memo: [
    ["p", "M5 2.5h10l4 4v15H5z", "#eef2f3"],
    ["s", "M8 9h6M8 12.5h8M8 16h5", GREY, 1.5],
    ["s", "m20 12-6 6.5", ORANGE, 2.6],
  ],
  speech_balloon: [
    ["p", "M3 4.5h18v12H11.5L7 20.5v-4H3z", "#e6ebee"],
    ["c", 8, 10.5, 1.3, GREY],
    ["c", 12, 10.5, 1.3, GREY],
    ["c", 16, 10.5, 1.3, GREY],
  ],
  rocket: [
    ["p", "M20.5 3.5c-6-.8-10 2.6-12 7.3l4.7 4.7c4.7-2 8.1-6 7.3-12z", "#dfe6ea"],
    ["p", "M8.8 10 4.5 11 3 14.5l4.5-.3zM14 15.2 13 19.5 9.5 21l.3-4.5z", RED],
    ["c", 15, 9, 2, BLUE],
    ["p", "M7 15c-2 .6-3 2.5-3.2 5 2.5-.2 4.4-1.2 5-3.2z", ORANGE],
  ],
  zap: [["p", "M13.5 2 4.5 13.5H11L9.5 22l9-12H12z", YELLOW]],
  fire: [
    ["p", "M12.5 2c1 4 6.5 6 6.5 12a7 7 0 0 1-14 0c0-3 1.5-5 3-6.5.2 1.6.8 2.6 2 3 .2-3.5.7-6 2.5-8.5z", ORANGE],
    ["p", "M12 12c1 2 3 2.5 3 5a3.2 3.2 0 0 1-6.4 0c0-2.2 2.4-3 3.4-5z", YELLOW],
  ],
  mag: [
    ["c", 10, 10, 7, GREY],
    ["c", 10, 10, 5, "#d8ecf8"],
    ["s", "m15.5 15.5 5 5", DARK, 3],
  ],
  gear: [
    ["s", "M12 3v18M3 12h18M5.6 5.6l12.8 12.8M18.4 5.6 5.6 18.4", GREY, 3],
    ["c", 12, 12, 6.4, GREY],
    ["c", 12, 12, 2.6, WHITE],
  ],
  wrench: [
    ["s", "m6 19 8.5-9.5", GREY, 4],
    ["p", "M20.5 7.5a5.5 5.5 0 1 1-5-5l-2 3.5 2.5 3.5z", GREY],
  ],
  "+1": [
    ["p", "M8.5 11 12 3.5c2.2 0 3 1.7 2.6 3.5l-.6 2.5h4.5c1.7 0 2.5 1.5 2 3l-1.7 6c-.4 1.3-1.3 2-2.6 2H8.5z", YELLOW],
    ["r", 3, 10.5, 4.5, 10.5, 1, ORANGE],
  ],
  "-1": [
    ["p", "m8.5 13 3.5 7.5c2.2 0 3-1.7 2.6-3.5l-.6-2.5h4.5c1.7 0 2.5-1.5 2-3l-1.7-6c-.4-1.3-1.3-2-2.6-2H8.5z", YELLOW],
    ["r", 3, 3, 4.5, 10.5, 1, ORANGE],
  ],
  heart: [["p", "M12 20.5C4 15 2.5 11.5 2.5 8.5c0-5.5 7-6.5 9.5-2 2.5-4.5 9.5-3.5 9.5 2 0 3-1.5 6.5-9.5 12z", RED]],
  star: [["p", "m12 2.5 2.9 6.3 6.8.8-5 4.7 1.3 6.8L12 17.7l-6 3.4 1.3-6.8-5-4.7 6.8-.8z", YELLOW]],
  tada: [
    ["p", "M3 21 8.5 8.5l7 7z", ORANGE],
    ["s", "M13 8c2-1 2.5-3 2-5.5M16 11.5c2-.5 4 0 5.5 1.5", PURPLE, 1.8],
    ["c", 19.5, 5, 1.4, RED],
    ["c", 10.5, 4, 1.2, BLUE],
    ["c", 20, 9, 1.1, GREEN],
  ],
  smile: [
    ...disc(YELLOW),
    ["c", 8.8, 9.8, 1.4, DARK],
    ["c", 15.2, 9.8, 1.4, DARK],
    ["s", "M7.5 14c2 3.6 7 3.6 9 0", DARK, 1.7],
  ],
  thinking_face: [
    ...disc(YELLOW),
    ["c", 9, 9.5, 1.3, DARK],
    ["c", 15, 9.5, 1.3, DARK],
    ["s", "M9 15.5c2-1 4-1 5.5-.3", DARK, 1.6],
  ],
  arrow_up: arrow("M12 18V6M7 11l5-5 5 5"),
  arrow_down: arrow("M12 6v12M7 13l5 5 5-5"),
  arrow_right: arrow("M6 12h12M13 7l5 5-5 5"),
  arrow_left: arrow("M18 12H6M11 7l-5 5 5 5"),
  arrow_upper_right: arrow("M7 17 17 7M9 7h8v8"),
  arrow_lower_right: arrow("m7 7 10 10M17 9v8H9"),
  arrows_counterclockwise: arrow(
    "M17.5 9A6.3 6.3 0 0 0 6 9.5M6 6v3.5h3.5M6.5 15A6.3 6.3 0 0 0 18 14.5M18 18v-3.5h-3.5",
  ),
  small_red_triangle: [["p", "M12 5 20 18H4z", RED]],
  small_red_triangle_down: [["p", "M12 19 4 6h16z", RED]],
};

const SHAPES = {
  c: ([cx, cy, r, fill]) => svg("circle", { cx, cy, r, fill }),
  r: ([x, y, width, height, rx, fill]) => svg("rect", { x, y, width, height, rx, fill }),
  p: ([d, fill]) => svg("path", { d, fill }),
  s: ([d, stroke, width]) =>
    svg("path", {
      d,
      stroke,
      "stroke-width": width,
      fill: "none",
      "stroke-linecap": "round",
      "stroke-linejoin": "round",
    }),
};

const TWINS = {
  thumbsup: "+1",
  thumbsdown: "-1",
  heavy_exclamation_mark: "exclamation",
  date: "calendar",
  slightly_smiling_face: "smile",
  hourglass: "hourglass_flowing_sand",
  mag_right: "mag",
};

/** The drawing of an emoji as an SVG node, or null when we have not drawn it. */
export function drawing(name) {
  const shapes = ART[TWINS[name] ?? name];
  if (!shapes) return null;
  return svg(
    "svg",
    { viewBox: "0 0 24 24", "aria-hidden": "true" },
    shapes.map(([kind, ...rest]) => SHAPES[kind](rest)),
  );
}
