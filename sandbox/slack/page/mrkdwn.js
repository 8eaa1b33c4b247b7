// Slack's mrkdwn: fenced code, quotes and lists around running text.

import { el } from "./dom.js";
import { inline, unescapeText } from "./inline.js";

const QUOTE = /^(?:&gt;|>) ?(.*)$/;
const BULLET = /^(\s*)(?:[•◦▪‣]|-)\s+(.*)$/;
const NUMBER = /^(\s*)(\d{1,3}[.)])\s+(.*)$/;

function kindOf(line) {
  if (QUOTE.test(line)) return "quote";
  if (BULLET.test(line)) return "bullet";
  if (NUMBER.test(line)) return "number";
  return "plain";
}

/** Neighbouring lines of one kind, in order. */
function runs(lines) {
  const found = [];
  for (const line of lines) {
    const kind = kindOf(line);
    const last = found.at(-1);
    if (last?.kind === kind) last.lines.push(line);
    else found.push({ kind, lines: [line] });
  }
  return found;
}

function item(indent, mark, words) {
  const level = Math.min(3, Math.floor(indent.length / 2));
  return el(
    "li",
    { class: `level-${level}` },
    el("span", { class: "list-mark" }, mark),
    el("span", { class: "list-words" }, inline(words)),
  );
}

function bullets(lines) {
  return el(
    "ul",
    { class: "mk-list" },
    lines.map((line) => {
      const [, indent, words] = BULLET.exec(line);
      return item(indent, "•", words);
    }),
  );
}

function numbers(lines) {
  return el(
    "ol",
    { class: "mk-list" },
    lines.map((line) => {
      const [, indent, mark, words] = NUMBER.exec(line);
      return item(indent, mark, words);
    }),
  );
}

function plain(lines) {
  const nodes = lines.flatMap((line, index) => [index > 0 && document.createTextNode("\n"), ...inline(line)]);
  return el("div", { class: "mk-text" }, nodes);
}

function quote(lines) {
  return el("blockquote", {}, plain(lines.map((line) => QUOTE.exec(line)[1])));
}

const DRAW = { quote, bullet: bullets, number: numbers, plain };

function prose(text) {
  const trimmed = text.replace(/^\n+|\n+$/g, "");
  return trimmed ? runs(trimmed.split("\n")).map((run) => DRAW[run.kind](run.lines)) : [];
}

/** A text with mrkdwn as a list of nodes. */
export function mrkdwn(text) {
  return String(text ?? "")
    .split(/```([\s\S]*?)```/)
    .flatMap((part, index) => {
      if (index % 2 === 0) return prose(part);
      return [el("pre", {}, unescapeText(part.replace(/^\n|\n$/g, "")))];
    });
}

/** A plain_text or mrkdwn text object as nodes; plain text keeps its emoji shortcodes. */
export function textObject(object) {
  if (!object) return [];
  if (typeof object === "string") return [document.createTextNode(object)];
  if (object.type === "mrkdwn") return mrkdwn(object.text);
  return plainText(object.text, object.emoji !== false);
}

const SHORTCODES = /(:[a-z0-9_+'-]+:)/;

/** Plain text: no styles, no mentions, only emoji. */
export function plainText(text, withEmoji = true) {
  const parts = String(text ?? "").split(SHORTCODES);
  return parts.flatMap((part) => {
    if (withEmoji && SHORTCODES.test(part)) return inline(part);
    return emojiIn(part);
  });
}

function emojiIn(part) {
  return part
    .split(/(\p{Extended_Pictographic}\uFE0F?)/u)
    .filter(Boolean)
    .flatMap((piece) => (/^\p{Extended_Pictographic}/u.test(piece) ? inline(piece) : [document.createTextNode(piece)]));
}

/** The words of a text without any styling, for labels and short previews. */
export function words(text) {
  const holder = el("div", {}, mrkdwn(text));
  return holder.textContent.replace(/\s+/g, " ").trim();
}
