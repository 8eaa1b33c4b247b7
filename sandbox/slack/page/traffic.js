// The traffic list: every call, envelope and acknowledgement, with what it broke.

import * as api from "./api.js";
import { clock } from "./dates.js";
import * as directory from "./directory.js";
import { el, fill, gather } from "./dom.js";
import { icon } from "./icons.js";
import { jsonNode } from "./json.js";
import { emit, on, store } from "./store.js";

const KEPT = 2000;
const SHOWN = 250;
const KINDS = {
  api: ["API", "called by the app"],
  envelope: ["Event", "sent to the app"],
  ack: ["Ack", "answered by the app"],
  response_url: ["Reply", "posted to a response_url"],
  upload: ["File", "uploaded by the app"],
};
const FILTERS = {
  all: ["All", () => true],
  calls: ["Calls", (entry) => ["api", "response_url", "upload"].includes(entry.kind)],
  envelopes: ["Envelopes", (entry) => ["envelope", "ack"].includes(entry.kind)],
  wrong: ["Broken rules", (entry) => isWrong(entry)],
};

const ENVELOPES = {
  block_actions: "Click",
  view_submission: "Submit",
  view_closed: "Close",
  shortcut: "Shortcut",
  message_action: "Shortcut",
  block_suggestion: "Suggest",
};

let entries = [];
let next = 0;
let filter = "all";
let list = null;
let rows = new Map();
const opened = new Set();

const isWrong = (entry) => entry.ok === false || Boolean(entry.violations?.length);

export function wrongCount() {
  return entries.filter((entry) => entry.violations?.length).length;
}

function duration(entry) {
  const ms = entry.kind === "envelope" || entry.kind === "ack" ? entry.ack_ms : entry.ms;
  if (ms === null || ms === undefined) return entry.kind === "envelope" ? "waiting" : "";
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return ms >= 10 ? `${Math.round(ms)} ms` : `${Number(ms).toFixed(1)} ms`;
}

function place(entry) {
  const room = directory.channel(entry.channel);
  const where = room ? (room.is_im ? "direct message" : `#${room.name}`) : "";
  const who = entry.user ? `@${directory.handleOf(entry.user)}` : "";
  return [who, where].filter(Boolean).join(" in ");
}

function kindOf(entry) {
  if (entry.kind !== "envelope") return KINDS[entry.kind]?.[0] ?? entry.kind;
  return entry.name.startsWith("/") ? "Command" : (ENVELOPES[entry.name] ?? "Event");
}

function words(entry) {
  if (entry.error) return entry.error;
  if (entry.kind === "ack") return entry.response?.text ?? entry.response?.response_action ?? "";
  const summary = entry.summary ?? "";
  return summary.startsWith(entry.name) ? summary.slice(entry.name.length).trim() : summary;
}

function detail(entry) {
  return el(
    "div",
    { class: "traffic-detail" },
    el(
      "p",
      { class: "soft" },
      [`#${entry.seq}`, clock(new Date(entry.at * 1000), true), KINDS[entry.kind]?.[1], place(entry), entry.key]
        .filter(Boolean)
        .join(" · "),
    ),
    entry.request && Object.keys(entry.request).length
      ? [el("h4", {}, entry.kind === "envelope" ? "Payload" : "Request"), jsonNode(entry.request, "Request")]
      : null,
    entry.response ? [el("h4", {}, "Response"), jsonNode(entry.response, "Response")] : null,
  );
}

function drawRow(entry) {
  const open = opened.has(entry.seq);
  const slow = entry.kind === "envelope" && entry.ack_ms > 1000;
  const head = el(
    "button",
    { type: "button", class: "traffic-head", "aria-expanded": String(open), on: { click: () => toggle(entry) } },
    el("span", { class: `kind kind-${entry.kind}` }, kindOf(entry)),
    el("span", { class: "traffic-words" }, el("strong", {}, entry.name), el("span", { class: "soft" }, words(entry))),
    el("span", { class: ["traffic-ms", slow && "bad", duration(entry) === "waiting" && "soft"] }, duration(entry)),
  );
  return el(
    "li",
    {
      class: ["traffic-row", isWrong(entry) && "traffic-wrong"],
      data: { testid: "traffic-row", seq: entry.seq, kind: entry.kind, name: entry.name },
    },
    head,
    (entry.violations ?? []).map((found) =>
      el("p", { class: "violation" }, el("b", {}, `Point ${found.point}`), ` ${found.text}`),
    ),
    open ? detail(entry) : null,
  );
}

function toggle(entry) {
  if (!opened.delete(entry.seq)) opened.add(entry.seq);
  rows.delete(entry.seq);
  draw();
  list.querySelector(`[data-seq="${entry.seq}"] .traffic-head`)?.focus({ preventScroll: true });
}

function draw() {
  if (!list) return;
  const wanted = entries.filter(FILTERS[filter][1]).slice(-SHOWN).reverse();
  const kept = new Map();
  for (const entry of wanted) kept.set(entry.seq, rows.get(entry.seq) ?? drawRow(entry));
  rows = kept;
  if (kept.size) list.replaceChildren(...kept.values());
  else
    fill(
      list,
      el(
        "li",
        { class: "drawer-empty" },
        filter === "wrong"
          ? "Nothing broken so far."
          : "Nothing yet. Every call, envelope and acknowledgement appears here.",
      ),
    );
}

/** An envelope is logged before its acknowledgement: read the tail again so that its time appears. */
function merge(fresh) {
  const known = new Map(entries.map((entry) => [entry.seq, entry]));
  for (const entry of fresh) {
    if (JSON.stringify(known.get(entry.seq)) !== JSON.stringify(entry)) rows.delete(entry.seq);
    known.set(entry.seq, entry);
  }
  entries = [...known.values()].slice(-KEPT);
}

function unsettled() {
  const waiting = entries.slice(-100).find((entry) => entry.kind === "envelope" && !entry.acked && !entry.error);
  return waiting ? waiting.seq - 1 : next;
}

async function readTraffic() {
  const answer = await api.traffic(Math.min(next, unsettled()));
  if (answer.last !== undefined && answer.last < next) return clearTraffic();
  merge(answer.entries ?? []);
  next = Math.max(next, answer.next ?? next);
  draw();
  emit("traffic");
  if (answer.last > next) news();
  return null;
}

const news = gather(() => readTraffic().catch((error) => console.warn("the traffic could not be read", error)), 120);

/** Forget everything read so far and start again from what the sandbox still holds. */
export function clearTraffic() {
  entries = [];
  next = 0;
  rows.clear();
  opened.clear();
  draw();
  news();
}

/** The newest acknowledgement, for the header. */
export function lastAck() {
  return entries.findLast((entry) => entry.kind === "ack" && entry.ack_ms !== null);
}

function filters() {
  return el(
    "div",
    { class: "chips", role: "radiogroup", "aria-label": "Show" },
    Object.entries(FILTERS).map(([name, [label]]) =>
      el(
        "button",
        {
          type: "button",
          role: "radio",
          class: "chip",
          "aria-checked": String(name === filter),
          data: { testid: `filter-${name}` },
          on: {
            click: (event) => {
              filter = name;
              for (const chip of event.currentTarget.parentNode.children)
                chip.setAttribute("aria-checked", String(chip === event.currentTarget));
              draw();
            },
          },
        },
        label,
      ),
    ),
  );
}

/** Draw the tab. */
export function drawTraffic(node) {
  list = el("ul", { class: "traffic", "aria-label": "Traffic", data: { testid: "traffic" } });
  fill(
    node,
    el(
      "div",
      { class: "drawer-bar" },
      filters(),
      el(
        "button",
        { type: "button", class: "tool", "aria-label": "Read again", title: "Read again", on: { click: clearTraffic } },
        icon("reset", 16),
      ),
    ),
    list,
  );
  draw();
}

export function mountTraffic() {
  on("traffic-news", news);
  on("state", () => {
    if (next === 0 && store.online) news();
  });
}
