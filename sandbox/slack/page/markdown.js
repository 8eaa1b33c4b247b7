// The `markdown` block: headings, lists, quotes, code, rules and tables of ordinary markdown.

import { el } from "./dom.js";
import { inline } from "./inline.js";

const FENCE = /^\s*```/;
const HEADING = /^(#{1,6})\s+(.*?)\s*#*$/;
const RULE = /^\s*([-*_])(\s*\1){2,}\s*$/;
const ITEM = /^(\s*)([-*+]|\d{1,3}[.)])\s+(.*)$/;
const TASK = /^\[([ xX])\]\s+(.*)$/;
const DIVIDER = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

function starts(line, next) {
  if (FENCE.test(line)) return "code";
  if (HEADING.test(line)) return "heading";
  if (RULE.test(line)) return "rule";
  if (line.startsWith(">")) return "quote";
  if (ITEM.test(line)) return "list";
  if (line.includes("|") && next !== undefined && DIVIDER.test(next)) return "table";
  return line.trim() ? "paragraph" : "blank";
}

function take(lines, at, holds) {
  let end = at;
  while (end < lines.length && holds(lines[end], lines[end + 1])) end += 1;
  return end;
}

function cells(line) {
  return line
    .trim()
    .replace(/^\||\|$/g, "")
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll("\\|", "|"));
}

function alignment(mark) {
  if (/^:.*:$/.test(mark)) return "center";
  return mark.endsWith(":") ? "right" : "left";
}

function table(lines, at) {
  const end = take(lines, at + 2, (line) => line.includes("|"));
  const aligns = cells(lines[at + 1]).map(alignment);
  const row = (line, tag) =>
    el(
      "tr",
      {},
      cells(line).map((cell, index) => el(tag, { class: `align-${aligns[index] ?? "left"}` }, inline(cell, true))),
    );
  const body = lines.slice(at + 2, end).map((line) => row(line, "td"));
  const node = el(
    "div",
    { class: "table-frame", tabindex: "0" },
    el("table", {}, el("thead", {}, row(lines[at], "th")), el("tbody", {}, body)),
  );
  return [node, end];
}

function listItem(line) {
  const [, indent, mark, words] = ITEM.exec(line);
  const task = TASK.exec(words);
  const shown = task ? (task[1] === " " ? "☐" : "☑") : /\d/.test(mark) ? mark : "•";
  const level = Math.min(3, Math.floor(indent.replaceAll("\t", "  ").length / 2));
  return el(
    "li",
    { class: `level-${level}` },
    el("span", { class: "list-mark" }, shown),
    el("span", { class: "list-words" }, inline(task ? task[2] : words, true)),
  );
}

const DRAW = {
  code(lines, at) {
    const end = take(lines, at + 1, (line) => !FENCE.test(line));
    return [el("pre", {}, lines.slice(at + 1, end).join("\n")), end + 1];
  },
  heading(lines, at) {
    const [, marks, words] = HEADING.exec(lines[at]);
    return [
      el(`h${Math.min(6, marks.length + 2)}`, { class: `md-h md-h${marks.length}` }, inline(words, true)),
      at + 1,
    ];
  },
  rule: (lines, at) => [el("hr"), at + 1],
  quote(lines, at) {
    const end = take(lines, at, (line) => line.startsWith(">"));
    return [
      el(
        "blockquote",
        {},
        markdown(
          lines
            .slice(at, end)
            .map((line) => line.replace(/^>\s?/, ""))
            .join("\n"),
        ),
      ),
      end,
    ];
  },
  list(lines, at) {
    const end = take(lines, at, (line) => ITEM.test(line));
    return [el(/^\s*\d/.test(lines[at]) ? "ol" : "ul", { class: "mk-list" }, lines.slice(at, end).map(listItem)), end];
  },
  table,
  paragraph(lines, at) {
    const end = take(lines, at, (line, next) => starts(line, next) === "paragraph");
    const nodes = lines
      .slice(at, end)
      .flatMap((line, index) => [index > 0 && document.createTextNode("\n"), ...inline(line.trim(), true)]);
    return [el("p", { class: "mk-text" }, nodes), end];
  },
  blank: (lines, at) => [null, at + 1],
};

/** A markdown text as a list of nodes. */
export function markdown(text) {
  const lines = String(text ?? "").split("\n");
  const nodes = [];
  let at = 0;
  while (at < lines.length) {
    const [node, next] = DRAW[starts(lines[at], lines[at + 1])](lines, at);
    if (node) nodes.push(node);
    at = Math.max(next, at + 1);
  }
  return nodes;
}
