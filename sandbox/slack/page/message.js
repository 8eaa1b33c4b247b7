// One message: author, time, body, reactions, the line to its thread, and what can be done with it.

import { avatarFor, avatarOf, authorOf } from "./avatar.js";
import { picture, renderAttachments, renderBlocks } from "./blocks.js";
import { toast } from "./confirm.js";
import { clock, fromTs, fullTime, replyTime } from "./dates.js";
import * as deeds from "./deeds.js";
import * as directory from "./directory.js";
import { copyText, el, safeUrl } from "./dom.js";
import { emoji, PALETTE } from "./emoji.js";
import { icon } from "./icons.js";
import { mrkdwn, words } from "./mrkdwn.js";
import { closePopover, openMenu, openPopover } from "./popover.js";
import { showJson } from "./json.js";
import { store } from "./store.js";
import { openThread } from "./navigate.js";

/** The same palette serves reactions and the composer. */
export function openPalette(anchor, choose) {
  openPopover(
    anchor,
    el(
      "div",
      { class: "palette", role: "menu", "aria-label": "Emoji" },
      PALETTE.map((name) =>
        el(
          "button",
          {
            type: "button",
            role: "menuitem",
            "aria-label": name.replaceAll("_", " "),
            on: {
              click: () => {
                closePopover();
                choose(name);
              },
            },
          },
          emoji(name),
        ),
      ),
    ),
  );
}

function moreEntries(message, channel) {
  const own = (store.state.shortcuts ?? [])
    .filter((shortcut) => shortcut.type === "message")
    .map((shortcut) => ({
      label: shortcut.name ?? shortcut.callback_id,
      hint: shortcut.description,
      testid: `shortcut-${shortcut.callback_id}`,
      run: () => deeds.useShortcut(shortcut, { channel, message_ts: message.ts }),
    }));
  return [
    ...own,
    {
      label: "Copy text",
      icon: icon("copy", 16),
      run: async () => toast((await copyText(words(message.text))) ? "Copied" : "The browser did not allow copying"),
    },
    { label: "Show JSON", icon: icon("code", 16), run: () => showJson("Message", message) },
  ];
}

function tool(name, label, run, testid) {
  const node = el(
    "button",
    { type: "button", class: "tool", "aria-label": label, title: label, data: { testid } },
    icon(name, 17),
  );
  node.addEventListener("click", () => run(node));
  return node;
}

function toolbar(message, channel, inThread) {
  return el(
    "div",
    { class: "tools", role: "toolbar", "aria-label": "Message actions" },
    message.ephemeral
      ? null
      : tool(
          "smile",
          "Add a reaction",
          (node) => openPalette(node, (name) => deeds.react(channel, message.ts, name)),
          "react",
        ),
    inThread || message.ephemeral
      ? null
      : tool("reply", "Reply in thread", () => openThread(message.thread_ts ?? message.ts), "reply"),
    tool("dots", "More", (node) => openMenu(node, moreEntries(message, channel), "Message"), "more"),
  );
}

function reactions(message, channel) {
  if (!message.reactions?.length) return null;
  return el(
    "div",
    { class: "reactions" },
    message.reactions.map((reaction) => {
      const mine = reaction.users?.includes(store.me);
      const who = (reaction.users ?? []).map((id) => directory.nameOfUser(id)).join(", ");
      return el(
        "button",
        {
          type: "button",
          class: ["reaction", mine && "reaction-mine"],
          title: who,
          "aria-label": `${reaction.name}, ${reaction.count}`,
          "aria-pressed": String(Boolean(mine)),
          data: { reaction: reaction.name },
          on: { click: () => deeds.react(channel, message.ts, reaction.name) },
        },
        emoji(reaction.name),
        el("span", {}, reaction.count ?? 0),
      );
    }),
  );
}

function threadLine(message) {
  if (!message.reply_count) return null;
  const count = `${message.reply_count} ${message.reply_count === 1 ? "reply" : "replies"}`;
  const faces = (message.reply_users ?? [])
    .slice(0, 4)
    .filter(Boolean)
    .map((id) => avatarOf(id, "small"));
  return el(
    "button",
    {
      type: "button",
      class: "thread-line",
      data: { testid: "thread-line" },
      on: { click: () => openThread(message.ts) },
    },
    el("span", { class: "faces" }, faces),
    el("strong", {}, count),
    message.latest_reply ? el("span", { class: "soft" }, `Last reply ${replyTime(message.latest_reply)}`) : null,
  );
}

function files(message) {
  return (message.files ?? []).map((file) =>
    (file.mimetype ?? "").startsWith("image/")
      ? el(
          "figure",
          { class: "figure" },
          el("figcaption", {}, file.title ?? file.name),
          picture(file.url_private, file.alt_txt || file.title, "figure-image"),
        )
      : el(
          "a",
          { class: "file", href: safeUrl(file.url_private ?? "") ?? "#", target: "_blank", rel: "noopener noreferrer" },
          icon("copy", 20),
          el(
            "div",
            {},
            el("strong", {}, file.title ?? file.name ?? file.id),
            el("small", {}, file.pretty_type ?? file.mimetype ?? "File"),
          ),
        ),
  );
}

function body(message, channel) {
  const env = {
    surface: "message",
    fields: new Map(),
    click: (detail) => deeds.press({ channel, message_ts: message.ts }, env.fields, detail),
  };
  const edited =
    message.edited && !message.bot_id
      ? el("span", { class: "edited", title: fullTime(message.edited.ts) }, " (edited)")
      : null;
  const rich = message.blocks?.length ? renderBlocks(message.blocks, env) : mrkdwn(message.text);
  return el(
    "div",
    { class: ["message-body", message.blocks?.length && "message-blocks"] },
    rich,
    edited,
    message.attachments?.length ? renderAttachments(message.attachments, env) : null,
    files(message),
  );
}

function byline(message) {
  const app = message.bot_id || message.username || directory.isBot(message.user);
  return el(
    "div",
    { class: "byline" },
    el("strong", { class: "author" }, authorOf(message)),
    app ? el("span", { class: "badge" }, "APP") : null,
    el(
      "time",
      { class: "when", title: fullTime(message.ts), datetime: fromTs(message.ts).toISOString() },
      clock(fromTs(message.ts)),
    ),
  );
}

/** Draw a message; `follows` hides the author line of a run of messages by one author. */
export function drawMessage(message, { channel, inThread = false, follows = false }) {
  const label = `${authorOf(message)}: ${words(message.text).slice(0, 120)}`;
  const time = clock(fromTs(message.ts));
  return el(
    "article",
    {
      class: ["message", follows && "message-follows", message.ephemeral && "message-ephemeral"],
      tabindex: "-1",
      "aria-label": label,
      data: {
        testid: "message",
        ts: message.ts,
        channel,
        "thread-ts": message.thread_ts,
        user: message.user,
        ephemeral: message.ephemeral ? "true" : undefined,
      },
    },
    el("div", { class: "gutter" }, follows ? el("time", { class: "when-small" }, time) : avatarFor(message)),
    el(
      "div",
      { class: "content" },
      message.ephemeral ? el("div", { class: "only-you" }, icon("eye", 14), "Only visible to you") : null,
      message.subtype === "thread_broadcast" && !inThread
        ? el(
            "button",
            { type: "button", class: "broadcast-line", on: { click: () => openThread(message.thread_ts) } },
            "replied to a thread",
          )
        : null,
      follows ? null : byline(message),
      body(message, channel),
      reactions(message, channel),
      inThread ? null : threadLine(message),
    ),
    toolbar(message, channel, inThread),
  );
}

/** A line only this page shows. */
export function drawNotice(entry) {
  return el(
    "article",
    { class: "message message-ephemeral message-notice", data: { testid: "notice" } },
    el(
      "div",
      { class: "gutter" },
      el("span", { class: "avatar avatar-normal avatar-sandbox", "aria-hidden": "true" }, icon("bolt", 18)),
    ),
    el(
      "div",
      { class: "content" },
      el("div", { class: "only-you" }, icon("eye", 14), "Only visible to you"),
      el(
        "div",
        { class: "byline" },
        el("strong", { class: "author" }, "Sandbox"),
        el("time", { class: "when" }, clock(fromTs(entry.ts))),
      ),
      el("div", { class: "message-body" }, mrkdwn(entry.text)),
    ),
  );
}
