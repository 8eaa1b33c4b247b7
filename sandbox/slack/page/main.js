// The middle and the thread pane: header, messages or Home, composer.

import { avatarOf } from "./avatar.js";
import { Composer } from "./composer.js";
import * as directory from "./directory.js";
import { el, fill, refill } from "./dom.js";
import { drawHome, enterHome } from "./home.js";
import { icon } from "./icons.js";
import { MessageList } from "./list.js";
import { closeThread, openChannel, openHomeTab, openList, toggleDrawer } from "./navigate.js";
import { on, store } from "./store.js";
import { lastAck, wrongCount } from "./traffic.js";

const topicOf = (room) => (typeof room?.topic === "string" ? room.topic : (room?.topic?.value ?? ""));

function roomName(room) {
  if (!room) return "";
  return room.is_im ? directory.nameOfUser(directory.appUser()?.id) : `#${room.name}`;
}

function emptyRoom() {
  const room = directory.channel(store.place.channel);
  const hint = room?.is_im
    ? "Write to the app here, or open its Home."
    : "Type / to see what the app can do, or mention it with @.";
  return el(
    "div",
    { class: "empty" },
    el("span", { class: "empty-picture" }, room?.is_im ? avatarOf(directory.appUser()?.id, "large") : icon("hash", 40)),
    el("h2", {}, roomName(room)),
    topicOf(room) ? el("p", {}, topicOf(room)) : null,
    el("p", {}, hint),
  );
}

function withNotices(messages, thread) {
  const { channel } = store.place;
  const own = store.notices
    .filter((entry) => entry.channel === channel && entry.me === store.me && (entry.thread ?? null) === thread)
    .map((entry) => ({ ...entry, notice: true }));
  return own.length ? [...messages, ...own].sort((one, other) => one.ts - other.ts) : messages;
}

function ackPill() {
  const ack = lastAck();
  const wrong = wrongCount();
  if (!ack && !wrong) return null;
  return el(
    "button",
    {
      type: "button",
      class: ["ack-pill", wrong && "ack-pill-wrong"],
      title: "Open the traffic",
      data: { testid: "ack-pill" },
      on: { click: () => toggleDrawer("traffic") },
    },
    icon("traffic", 15),
    wrong
      ? `${wrong} broken ${wrong === 1 ? "rule" : "rules"}`
      : [
          el("span", { class: "wide-only" }, "acknowledged in "),
          `${ack.ack_ms < 10 ? ack.ack_ms.toFixed(1) : Math.round(ack.ack_ms)} ms`,
        ],
  );
}

function appTabs() {
  const tab = (label, current, run, testid) =>
    el(
      "button",
      {
        type: "button",
        role: "tab",
        class: "tab",
        "aria-selected": String(current),
        data: { testid },
        on: { click: run },
      },
      label,
    );
  return el(
    "div",
    { class: "tabs", role: "tablist" },
    tab("Home", store.place.home, openHomeTab, "tab-home"),
    tab("Messages", !store.place.home, () => openChannel(directory.directMessage(store.me)?.id), "tab-messages"),
  );
}

function header() {
  const room = directory.channel(store.place.channel);
  const inApp = store.place.home || room?.is_im;
  const title = inApp
    ? [avatarOf(directory.appUser()?.id, "small"), directory.nameOfUser(directory.appUser()?.id)]
    : [icon("hash", 19), room?.name ?? ""];
  return [
    el(
      "button",
      {
        type: "button",
        class: "tool phone-only",
        "aria-label": "Back to channels",
        data: { testid: "back" },
        on: { click: openList },
      },
      icon("back"),
    ),
    el("h1", { data: { testid: "title" } }, title),
    inApp ? appTabs() : el("span", { class: "topic" }, topicOf(room)),
    ackPill(),
  ];
}

function statusLine(thread) {
  const status = store.status.get(store.place.channel);
  if (!status || (status.thread || null) !== thread) return null;
  return el(
    "div",
    { class: "status-line", data: { testid: "status" } },
    el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i")),
    `${directory.nameOfUser(directory.appUser()?.id)} ${status.text}`,
  );
}

/** Draw the middle and keep it true. */
export function mountMain(node) {
  const head = el("header", { class: "pane-head" });
  const list = new MessageList("Messages", false, "messages");
  const home = el("div", { class: "home", tabindex: "0", role: "region", "aria-label": "App Home" });
  const status = el("div", { class: "status-slot", "aria-live": "polite" });
  const composer = new Composer(() => ({ channel: store.place.channel }), "composer");
  node.append(head, list.node, home, status, composer.node);
  let homeFor = null;

  const drawHead = () => refill(head, header());
  const drawMessages = () => {
    if (!store.place.home) list.show(withNotices(store.messages, null), store.place.channel, emptyRoom);
  };
  const place = () => {
    drawHead();
    const { home: atHome, channel } = store.place;
    home.hidden = !atHome;
    list.node.hidden = atHome;
    composer.node.hidden = atHome;
    const wanted = atHome ? store.me : null;
    if (wanted && wanted !== homeFor) enterHome();
    homeFor = wanted;
    if (atHome) drawHome(home);
    else composer.turnTo(channel, `Message ${roomName(directory.channel(channel))}`);
  };
  on("place", place);
  on("people", () => list.forget());
  on("state", () => {
    place();
    drawMessages();
  });
  on("messages", drawMessages);
  on("traffic", drawHead);
  on("views", () => {
    if (store.place.home) drawHome(home);
  });
  on("status", () => fill(status, statusLine(null)));
}

/** Draw the thread pane and keep it true. */
export function mountThread(node) {
  const list = new MessageList("Thread", true, "thread-messages");
  const status = el("div", { class: "status-slot", "aria-live": "polite" });
  const composer = new Composer(
    () => ({ channel: store.place.channel, thread: store.place.thread }),
    "thread-composer",
    true,
  );
  const where = el("span", { class: "topic" });
  node.append(
    el(
      "div",
      { class: "pane-head" },
      el(
        "button",
        { type: "button", class: "tool phone-only", "aria-label": "Back", on: { click: closeThread } },
        icon("back"),
      ),
      el("h2", {}, "Thread"),
      where,
      el(
        "button",
        {
          type: "button",
          class: "tool wide-only",
          "aria-label": "Close thread",
          data: { testid: "thread-close" },
          on: { click: closeThread },
        },
        icon("close"),
      ),
    ),
    list.node,
    status,
    composer.node,
  );
  let open = null;

  const draw = () => {
    const { thread, channel } = store.place;
    node.hidden = !thread;
    if (!thread) {
      open = null;
      return;
    }
    fill(where, roomName(directory.channel(channel)));
    list.show(withNotices(store.thread, thread), thread === open ? `${channel}` : channel, () =>
      el("div", { class: "empty" }, el("p", {}, "Reading the thread…")),
    );
    composer.turnTo(thread, "Reply…");
    if (open !== thread && matchMedia("(min-width: 761px)").matches) composer.box.focus();
    open = thread;
  };
  on("place", draw);
  on("thread", draw);
  on("people", () => list.forget());
  on("state", draw);
  on("status", () => fill(status, statusLine(store.place.thread)));
}
