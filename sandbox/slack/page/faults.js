// Things that can be made to go wrong on purpose, and the sandbox's own clock.

import * as api from "./api.js";
import { ask, toast } from "./confirm.js";
import { el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { clearTraffic } from "./traffic.js";
import { readAll, readState, store } from "./store.js";

const SECTIONS = [
  [
    "Connection",
    [
      ["Ask to reconnect", "Slack's ordinary refresh of a socket", { kind: "disconnect", reason: "refresh_requested" }],
      ["Warn, then cut", "Ten seconds of warning", { kind: "disconnect", reason: "warning" }],
      ["Cut the wire", "A reset without a goodbye", { kind: "rst" }],
      ["Go silent", "Open, but deaf and mute, until cleared", { kind: "half_open" }],
      ["Bring nothing", "Sockets live, nothing comes over any, until cleared", { kind: "deaf" }],
      ["Ghost connections", "Three dead sockets take their share, until cleared", { kind: "ghost", n: 3 }],
      ["Keep refreshing", "A reconnect every 10 s, until cleared", { kind: "refresh_every", s: 10 }],
      ["Refuse handshakes", "Three times 408", { kind: "handshake_status", status: 408, n: 3 }],
      ["Too many sockets", "The next one is sent away", { kind: "too_many", n: 1 }],
    ],
  ],
  [
    "Web API",
    [
      [
        "Post, then cut",
        "The message arrives, the answer does not",
        { kind: "http", method: "chat.postMessage", cut_after_accept: true, n: 1 },
      ],
      ["Answer 500", "The next five calls", { kind: "http", status: 500, n: 5 }],
      ["Answer slowly", "2 s late, for 30 s", { kind: "http", latency_ms: 2000, seconds: 30 }],
      ["Answer nonsense", "No JSON, three times", { kind: "http", invalid_json: true, n: 3 }],
      ["Rate limit posts", "429 three times", { kind: "ratelimited", method: "chat.postMessage", n: 3 }],
      ["API down", "For 20 s", { kind: "api_down", seconds: 20 }],
      ["Revoke the token", "Until cleared", { kind: "token_revoked" }],
    ],
  ],
  [
    "Envelopes",
    [
      ["Deliver twice", "Every envelope, for 30 s", { kind: "duplicate_envelope", p: 1, seconds: 30 }],
      ["Out of order", "Shuffled within 0.3 s", { kind: "reorder", window: 0.3, seconds: 30 }],
      ["See acks late", "By 1.5 s, for 30 s", { kind: "delay_ack_visibility", ms: 1500, seconds: 30 }],
    ],
  ],
];
const JUMPS = [
  ["1 minute", 60],
  ["5 minutes", 300],
  ["1 hour", 3600],
  ["1 day", 86_400],
];

async function perform(task, done) {
  try {
    await task();
    toast(done);
    await readState();
  } catch (error) {
    toast(error.message, "bad");
  }
}

function faultButton([label, hint, body]) {
  const own = Object.entries(body).filter(([key]) => !["n", "seconds"].includes(key));
  const armed = store.state.faults.some((fault) => own.every(([key, value]) => fault[key] === value));
  return el(
    "button",
    {
      type: "button",
      class: ["fault", armed && "fault-armed"],
      data: { testid: `fault-${body.kind}`, kind: body.kind },
      on: { click: () => perform(() => api.fault(body), `${label}: done`) },
    },
    el("strong", {}, label),
    el("small", {}, armed ? "armed now" : hint),
  );
}

async function startOver() {
  const sure = await ask({
    title: { text: "Start over?" },
    text: { type: "plain_text", text: "All messages, homes, traffic and faults of the sandbox are forgotten." },
    confirm: { text: "Forget everything" },
    deny: { text: "Keep them" },
    style: "danger",
  });
  if (!sure) return;
  await perform(async () => {
    await api.reset();
    store.notices.length = 0;
    clearTraffic();
    await readAll();
  }, "The sandbox is empty again");
}

function armed() {
  const { faults } = store.state;
  const describe = ({ kind, ...rest }) =>
    `${kind}${Object.entries(rest)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([key, value]) => ` · ${key} ${value}`)
      .join("")}`;
  return el(
    "div",
    { class: "armed" },
    faults.length
      ? el(
          "ul",
          {},
          faults.map((fault) => el("li", {}, icon("bolt", 14), describe(fault))),
        )
      : el("p", { class: "soft" }, "Nothing waits to go wrong."),
    el(
      "button",
      {
        type: "button",
        class: "button",
        data: { testid: "fault-clear" },
        on: { click: () => perform(() => api.fault({ kind: "clear" }), "All faults cleared") },
      },
      "Clear all faults",
    ),
  );
}

/** Draw the tab. */
export function drawFaults(node) {
  const top = node.scrollTop;
  fill(
    node,
    el(
      "div",
      { class: "faults", data: { testid: "faults" } },
      el("section", {}, el("h3", {}, "Armed"), armed()),
      SECTIONS.map(([title, list]) =>
        el("section", {}, el("h3", {}, title), el("div", { class: "fault-grid" }, list.map(faultButton))),
      ),
      el(
        "section",
        {},
        el("h3", {}, "Clock"),
        el("p", { class: "soft" }, "Let time pass in the sandbox at once."),
        el(
          "div",
          { class: "chips" },
          JUMPS.map(([label, seconds]) =>
            el(
              "button",
              {
                type: "button",
                class: "chip",
                on: { click: () => perform(() => api.advance(seconds), `${label} later`) },
              },
              icon("clock", 14),
              label,
            ),
          ),
        ),
      ),
      el(
        "section",
        {},
        el("h3", {}, "Start over"),
        el(
          "button",
          { type: "button", class: "button danger", data: { testid: "reset" }, on: { click: startOver } },
          "Forget everything…",
        ),
      ),
    ),
  );
  node.scrollTop = top;
}
