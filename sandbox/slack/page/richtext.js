// The `rich_text` and `table` blocks.

import { el } from "./dom.js";
import { slackDate } from "./dates.js";
import { emoji } from "./emoji.js";
import { broadcast, channelMention, inline, link, mention, userMention } from "./inline.js";

const STYLE_TAGS = [
  ["code", "code"],
  ["strike", "s"],
  ["italic", "em"],
  ["bold", "strong"],
  ["underline", "u"],
];

function styled(node, style = {}) {
  return STYLE_TAGS.reduce((inner, [name, tag]) => (style[name] ? el(tag, {}, inner) : inner), node);
}

function when(element) {
  const shown = slackDate(element.timestamp, element.format ?? "{date_short_pretty} at {time}");
  return el("time", { title: element.fallback ?? "" }, shown ?? element.fallback ?? "");
}

function swatch(value) {
  const chip = el("span", { class: "swatch", "aria-hidden": "true" });
  if (/^#[0-9a-f]{6}$/i.test(value)) chip.style.background = value;
  return el("span", {}, chip, value);
}

const LEAVES = {
  text: (element) => styled(document.createTextNode(element.text), element.style),
  link: (element) => styled(link(element.url, element.text ?? element.url), element.style),
  emoji: (element) => emoji(element.name),
  user: (element) => styled(userMention(element.user_id), element.style),
  channel: (element) => styled(channelMention(element.channel_id), element.style),
  usergroup: (element) => mention("usergroup", `@${element.usergroup_id}`),
  broadcast: (element) => broadcast(element.range),
  date: when,
  color: (element) => swatch(element.value),
};

function leaves(elements = []) {
  return elements.map((element) => LEAVES[element.type]?.(element) ?? document.createTextNode(element.text ?? ""));
}

function listMark(part, index) {
  if (part.style !== "ordered") return ["•", "◦", "▪"][(part.indent ?? 0) % 3];
  return `${(part.offset ?? 0) + index + 1}.`;
}

const PARTS = {
  rich_text_section: (part) => el("div", { class: "mk-text" }, leaves(part.elements)),
  rich_text_preformatted: (part) => el("pre", {}, leaves(part.elements)),
  rich_text_quote: (part) => el("blockquote", {}, el("div", { class: "mk-text" }, leaves(part.elements))),
  rich_text_list: (part) =>
    el(
      part.style === "ordered" ? "ol" : "ul",
      { class: ["mk-list", part.border && "mk-list-border"] },
      (part.elements ?? []).map((item, index) =>
        el(
          "li",
          { class: `level-${Math.min(3, part.indent ?? 0)}` },
          el("span", { class: "list-mark" }, listMark(part, index)),
          el("span", { class: "list-words" }, leaves(item.elements)),
        ),
      ),
    ),
};

/** The parts of a rich_text block as nodes. */
export function richText(block) {
  return (block.elements ?? []).map((part) => PARTS[part.type]?.(part)).filter(Boolean);
}

function cell(content, tag, setting = {}) {
  const props = { class: [`align-${setting?.align ?? "left"}`, setting?.is_wrapped && "wrapped"] };
  if (content?.type === "rich_text") return el(tag, props, richText(content));
  if (content?.type === "raw_number")
    return el(tag, { class: "align-right number" }, content.text ?? String(content.value ?? content.number ?? ""));
  return el(tag, props, inline(String(content?.text ?? "")));
}

/** A table block; its first row is the head. */
export function table(block) {
  const [head, ...rows] = block.rows ?? [[]];
  const settings = block.column_settings ?? [];
  const line = (row, tag) =>
    el(
      "tr",
      {},
      row.map((content, index) => cell(content, tag, settings[index])),
    );
  return el(
    "div",
    { class: "table-frame", tabindex: "0", role: "region", "aria-label": "Table" },
    el(
      "table",
      {},
      el("thead", {}, line(head, "th")),
      el(
        "tbody",
        {},
        rows.map((row) => line(row, "td")),
      ),
    ),
  );
}
