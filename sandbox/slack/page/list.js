// A list of messages that changes in place: unchanged ones keep their nodes, focus and scroll.

import { dayLabel, sameDay } from "./dates.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { drawMessage, drawNotice } from "./message.js";
import { store } from "./store.js";

const RUN_SECONDS = 300;

const author = (message) => `${message.user ?? message.bot_id}|${message.username ?? ""}|${Boolean(message.ephemeral)}`;

function follows(message, before) {
  return (
    before &&
    !before.notice &&
    author(before) === author(message) &&
    sameDay(before.ts, message.ts) &&
    message.ts - before.ts < RUN_SECONDS &&
    !before.reply_count &&
    message.subtype !== "thread_broadcast"
  );
}

function divider(ts) {
  return el("div", { class: "day", role: "separator", "aria-label": dayLabel(ts) }, el("span", {}, dayLabel(ts)));
}

function repliesRule(count) {
  return el(
    "div",
    { class: "day day-left", role: "separator" },
    el("span", {}, `${count} ${count === 1 ? "reply" : "replies"}`),
  );
}

/** The rows a list should show: `{key, mark, draw}`; a row is redrawn only when its mark changes. */
function rowsOf(messages, { channel, inThread }) {
  const rows = [];
  let before = null;
  for (const message of messages) {
    if (!inThread && (!before || !sameDay(before.ts, message.ts)))
      rows.push({ key: `day-${dayLabel(message.ts)}`, mark: "", draw: () => divider(message.ts) });
    const run = Boolean(!message.notice && follows(message, before));
    rows.push(
      message.notice
        ? { key: `notice-${message.ts}`, mark: message.text, draw: () => drawNotice(message) }
        : {
            key: message.ts,
            mark: `${run}${JSON.stringify(message)}`,
            draw: () => drawMessage(message, { channel, inThread, follows: run }),
          },
    );
    if (inThread && message === messages[0] && messages.length > 1)
      rows.push({ key: "rule", mark: String(messages.length), draw: () => repliesRule(messages.length - 1) });
    before = inThread && message === messages[0] ? null : message;
  }
  return rows;
}

export class MessageList {
  constructor(label, inThread, testid) {
    this.inThread = inThread;
    this.rows = new Map();
    this.log = el("div", {
      class: "log",
      role: "log",
      "aria-live": "polite",
      "aria-label": label,
      tabindex: "0",
      data: { testid },
    });
    this.pill = el(
      "button",
      { type: "button", class: "new-pill", hidden: true, on: { click: () => this.toBottom() } },
      icon("down", 14),
      "New messages",
    );
    this.node = el("div", { class: "log-frame" }, this.log, this.pill);
    this.channel = null;
    this.stuck = true; // the reader is at the end and wants to stay there
    this.log.addEventListener(
      "scroll",
      () => {
        this.stuck = this.atBottom();
        if (this.stuck) this.pill.hidden = true;
      },
      { passive: true },
    );
    const settle = () => {
      if (this.stuck) this.toBottom();
    };
    this.log.addEventListener("load", settle, true); // a picture arrived and pushed the end away
    new ResizeObserver(settle).observe(this.log);
  }

  atBottom() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 60;
  }

  toBottom() {
    this.stuck = true;
    this.log.scrollTop = this.log.scrollHeight;
    this.pill.hidden = true;
  }

  /** Forget the rows, so that names, times and the person who acts are drawn afresh. */
  forget() {
    this.rows.clear();
    this.log.replaceChildren();
  }

  show(messages, channel, empty) {
    const moved = channel !== this.channel;
    const stay = !moved && !this.stuck;
    if (moved) this.forget();
    this.channel = channel;
    this.lay(rowsOf(messages, { channel, inThread: this.inThread }), empty);
    if (this.lookAt(store.place.look)) return;
    if (!stay) this.toBottom();
    else if (messages.length > (this.count ?? 0)) this.pill.hidden = false;
    this.count = messages.length;
  }

  /** Bring the message a permalink named into view, once. */
  lookAt(ts) {
    const node = ts && this.rows.get(ts)?.node;
    if (!node) return false;
    store.place.look = null;
    this.stuck = false;
    node.classList.add("changed");
    node.scrollIntoView({ block: "center" });
    return true;
  }

  lay(rows, empty) {
    const kept = new Map();
    const nodes = rows.map((row) => {
      const old = this.rows.get(row.key);
      const same = old?.mark === row.mark;
      const node = same ? old.node : row.draw();
      if (!same && old) node.classList.add("changed");
      kept.set(row.key, { mark: row.mark, node });
      return node;
    });
    this.rows = kept;
    this.put(nodes.length ? nodes : [empty()]);
  }

  put(nodes) {
    const wanted = new Set(nodes);
    for (const child of [...this.log.children]) if (!wanted.has(child)) child.remove();
    nodes.forEach((node, index) => {
      if (this.log.children[index] !== node) this.log.insertBefore(node, this.log.children[index] ?? null);
    });
  }
}
