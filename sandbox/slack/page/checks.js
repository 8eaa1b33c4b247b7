// The thirty points of good behaviour, as the sandbox reads them off the traffic.

import * as api from "./api.js";
import { el, fill } from "./dom.js";
import { icon } from "./icons.js";

const STATES = { pass: ["Passed", "tick"], fail: ["Failed", "close"], "not seen": ["Not seen yet", "dots"] };
const ORDER = { fail: 0, pass: 1, "not seen": 2 };

function point(entry) {
  const [label, picture] = STATES[entry.state] ?? STATES["not seen"];
  const evidence = (entry.evidence ?? []).map(String);
  const slug = entry.state.replaceAll(" ", "-");
  const head = [
    el("span", { class: `check-mark check-${slug}`, role: "img", "aria-label": label }, icon(picture, 14)),
    el("span", { class: "check-number" }, entry.number),
    el("span", { class: "check-name" }, entry.name),
  ];
  const props = {
    class: `check check-row-${slug}`,
    data: { testid: "check", number: entry.number, state: entry.state },
  };
  if (!evidence.length) return el("li", props, el("div", { class: "check-head" }, head));
  return el(
    "li",
    props,
    el(
      "details",
      { open: entry.state === "fail" },
      el("summary", { class: "check-head" }, head),
      el(
        "ul",
        { class: "evidence" },
        evidence.slice(0, 20).map((line) => el("li", {}, line)),
      ),
    ),
  );
}

function tally(points) {
  const count = (state) => points.filter((entry) => entry.state === state).length;
  const bar = el("div", { class: "check-bar", "aria-hidden": "true" });
  for (const state of ["pass", "fail", "not seen"]) {
    const part = el("span", { class: `bar-${state.replace(" ", "-")}` });
    part.style.flexGrow = String(count(state));
    bar.append(part);
  }
  return el(
    "div",
    { class: "check-tally" },
    el(
      "p",
      { data: { testid: "check-tally" } },
      el("strong", {}, `${count("pass")} passed`),
      ` · `,
      el("strong", { class: count("fail") ? "bad" : "" }, `${count("fail")} failed`),
      ` · ${count("not seen")} not seen yet`,
    ),
    bar,
  );
}

/** Read the points and draw the tab. */
export async function drawChecks(node) {
  if (!node.childElementCount) fill(node, el("p", { class: "drawer-empty" }, "Reading the traffic…"));
  try {
    const { points = [] } = await api.checks();
    const sorted = [...points].sort((one, other) => ORDER[one.state] - ORDER[other.state] || one.number - other.number);
    const top = node.scrollTop;
    fill(
      node,
      tally(points),
      el("ul", { class: "checks", "aria-label": "Thirty points", data: { testid: "checks" } }, sorted.map(point)),
    );
    node.scrollTop = top;
  } catch (error) {
    fill(node, el("p", { class: "drawer-empty" }, `The points could not be read: ${error.message}`));
  }
}
