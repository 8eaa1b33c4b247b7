// Running text to DOM nodes: styles, code, links, mentions, dates and emoji, for mrkdwn and for markdown.

import { el, safeUrl } from "./dom.js";
import { capital, slackDate } from "./dates.js";
import * as directory from "./directory.js";
import { CHARACTER, emoji, emojiCharacter, isEmoji } from "./emoji.js";

const WORD = /[\p{L}\p{N}]/u;
const URL_IN_TEXT = /^https?:\/\/[^\s<>|"'`]+[^\s<>|"'`.,;:!?)\]*_~]/;
const SHORTCODE = /^:([a-z0-9_+'-]+):(?::skin-tone-[2-6]:)?/;
const MRKDWN_STYLES = [
  ["*", "strong"],
  ["_", "em"],
  ["~", "s"],
];
const MARKDOWN_STYLES = [
  ["**", "strong"],
  ["__", "strong"],
  ["~~", "s"],
  ["*", "em"],
  ["_", "em"],
];

/** The three characters Slack escapes, back as they were typed. */
export function unescapeText(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/** The three characters Slack escapes, escaped. */
export function escapeText(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

export function link(url, label) {
  const target = safeUrl(url);
  if (!target) return el("span", { class: "dead-link", title: "This address is not followed" }, label);
  return el("a", { href: target, target: "_blank", rel: "noopener noreferrer" }, label);
}

export function mention(kind, label, own = false) {
  return el("span", { class: ["mention", own && "mention-me"], data: { mention: kind } }, label);
}

export function userMention(id) {
  return el(
    "span",
    { class: ["mention", directory.isMe(id) && "mention-me"], data: { mention: "user", user: id } },
    `@${directory.handleOf(id)}`,
  );
}

export function channelMention(id, label) {
  return el(
    "a",
    { class: "mention", href: `#/${id}`, data: { mention: "channel", "channel-link": id } },
    `#${directory.channel(id)?.name ?? label ?? id}`,
  );
}

export function broadcast(range) {
  return mention(range, `@${range}`, true);
}

function dateToken(body, first) {
  const [, epoch, format, ...rest] = body.split("|")[0].split("^");
  const fallback = body.includes("|") ? unescapeText(body.slice(body.indexOf("|") + 1)) : "";
  const words = slackDate(epoch, format ?? "");
  if (!words) return document.createTextNode(fallback);
  const node = el(
    "time",
    { datetime: new Date(Number(epoch) * 1000).toISOString(), title: fallback, data: { fallback } },
    first ? capital(words) : words,
  );
  return rest.length && safeUrl(rest.join("^")) ? link(rest.join("^"), node) : node;
}

function commandToken(body, first) {
  const [name, label] = body.split("|");
  if (/^(here|channel|everyone)$/.test(name)) return broadcast(name);
  if (name.startsWith("date^")) return dateToken(body, first);
  if (name.startsWith("subteam^")) return mention("usergroup", label ?? `@${name.slice(8)}`);
  return null;
}

/** A `<...>` token as a node; null when it is none of Slack's, so that it stays plain text. */
function token(body, first) {
  const bar = body.indexOf("|");
  const label = bar < 0 ? null : unescapeText(body.slice(bar + 1));
  const name = bar < 0 ? body : body.slice(0, bar);
  if (/^@[UW][A-Z0-9]+$/.test(name)) return userMention(name.slice(1));
  if (/^#[CG][A-Z0-9]+$/.test(name)) return channelMention(name.slice(1), label);
  if (name.startsWith("!")) return commandToken(body.slice(1), first);
  if (/^(https?:\/\/|mailto:|tel:)/i.test(name))
    return link(unescapeText(name), label ?? unescapeText(name).replace(/^mailto:/, ""));
  return null;
}

/** Reads one line of text from left to right and hands nodes to `into`. */
class Reader {
  constructor(text, markdown) {
    this.text = text;
    this.at = 0;
    this.plain = "";
    this.out = [];
    this.markdown = markdown;
    this.styles = markdown ? MARKDOWN_STYLES : MRKDWN_STYLES;
    this.unclosed = new Set(); // delimiters known to have no end in what is left
  }

  read() {
    while (this.at < this.text.length) {
      if (!this.step()) this.plain += this.text[this.at++];
    }
    this.flush();
    return this.out;
  }

  step() {
    const here = this.text[this.at];
    if (here === "`") return this.code();
    if (here === "<") return this.angle();
    if (here === ":") return this.shortcode();
    if (here === "h") return this.bareUrl();
    if (this.markdown && here === "\\") return this.escaped();
    if (this.markdown && here === "[") return this.markdownLink();
    if (here > "\u00A8" && this.character()) return true;
    return this.styles.some(
      ([delimiter, tag]) => this.text.startsWith(delimiter, this.at) && this.style(delimiter, tag),
    );
  }

  push(node, length) {
    this.flush();
    this.out.push(node);
    this.at += length;
    return true;
  }

  flush() {
    if (this.plain) this.out.push(document.createTextNode(unescapeText(this.plain)));
    this.plain = "";
  }

  code() {
    const end = this.text.indexOf("`", this.at + 1);
    if (end <= this.at + 1) return false;
    return this.push(el("code", {}, unescapeText(this.text.slice(this.at + 1, end))), end + 1 - this.at);
  }

  angle() {
    const end = this.text.indexOf(">", this.at);
    if (end < 0) return false;
    const node = token(this.text.slice(this.at + 1, end), this.at === 0);
    return node ? this.push(node, end + 1 - this.at) : false;
  }

  shortcode() {
    const found = SHORTCODE.exec(this.text.slice(this.at, this.at + 60));
    return found && isEmoji(found[1]) ? this.push(emoji(found[1]), found[0].length) : false;
  }

  character() {
    const found = CHARACTER.exec(this.text.slice(this.at, this.at + 12));
    if (!found || found.index !== 0) return false;
    const node = emojiCharacter(found[0]);
    return node ? this.push(node, found[0].length) : false;
  }

  bareUrl() {
    if (this.at > 0 && WORD.test(this.text[this.at - 1])) return false;
    const found = URL_IN_TEXT.exec(this.text.slice(this.at, this.at + 3000));
    return found ? this.push(link(unescapeText(found[0]), unescapeText(found[0])), found[0].length) : false;
  }

  escaped() {
    if (!/[\\`*_~[\]()#>|!.+-]/.test(this.text[this.at + 1] ?? "")) return false;
    this.plain += this.text[this.at + 1];
    this.at += 2;
    return true;
  }

  markdownLink() {
    const found = /^\[([^\]\n]+)\]\(([^()\s]+)\)/.exec(this.text.slice(this.at, this.at + 3000));
    return found ? this.push(link(found[2], el("span", {}, inline(found[1], true))), found[0].length) : false;
  }

  style(delimiter, tag) {
    if (this.unclosed.has(delimiter)) return false;
    const size = delimiter.length;
    const before = this.text[this.at - 1] ?? " ";
    const after = this.text[this.at + size] ?? " ";
    if (WORD.test(before) || /\s/.test(after) || after === delimiter[0]) return false;
    const end = this.closing(delimiter);
    if (end < 0) return false;
    return this.push(el(tag, {}, inline(this.text.slice(this.at + size, end), this.markdown)), end + size - this.at);
  }

  closing(delimiter) {
    let end = this.text.indexOf(delimiter, this.at + delimiter.length + 1);
    while (end >= 0) {
      const after = this.text[end + delimiter.length] ?? " ";
      if (!/\s/.test(this.text[end - 1]) && !WORD.test(after) && after !== delimiter[0]) return end;
      end = this.text.indexOf(delimiter, end + 1);
    }
    this.unclosed.add(delimiter);
    return -1;
  }
}

/** The nodes of one stretch of text. */
export function inline(text, markdown = false) {
  return new Reader(text, markdown).read();
}
