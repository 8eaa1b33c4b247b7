// JSON, readable: indented, coloured, copied with one click.

import { toast } from "./confirm.js";
import { copyText, el } from "./dom.js";
import { icon } from "./icons.js";

const PIECES = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const LONGEST = 60_000;

function coloured(text) {
  const nodes = [];
  let at = 0;
  for (const found of text.matchAll(PIECES)) {
    nodes.push(text.slice(at, found.index));
    const kind =
      found[2] !== undefined ? "key" : found[1] !== undefined ? "text" : found[3] !== undefined ? "word" : "number";
    nodes.push(el("span", { class: `json-${kind}` }, found[1] ?? found[0]), found[2] ?? "");
    at = found.index + found[0].length;
  }
  nodes.push(text.slice(at));
  return nodes;
}

/** A value as a framed, scrollable listing. */
export function jsonNode(value, label) {
  const text = typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "");
  const shown = text.length > LONGEST ? `${text.slice(0, LONGEST)}\n… ${text.length - LONGEST} more characters` : text;
  const copy = el(
    "button",
    { type: "button", class: "tool json-copy", "aria-label": `Copy ${label}`, title: "Copy" },
    icon("copy", 15),
  );
  copy.addEventListener("click", async () =>
    toast((await copyText(text)) ? "Copied" : "The browser did not allow copying"),
  );
  return el("div", { class: "json" }, copy, el("pre", { tabindex: "0", "aria-label": label }, coloured(shown)));
}

/** A dialog with one listing. */
export function showJson(title, value) {
  const dialog = el("dialog", { class: "wide", "aria-label": title, data: { testid: "json" } });
  const shut = () => {
    dialog.close();
    dialog.remove();
  };
  dialog.addEventListener("cancel", shut);
  dialog.append(
    el(
      "div",
      { class: "dialog-head" },
      el("h2", {}, title),
      el("button", { type: "button", class: "tool", "aria-label": "Close", on: { click: shut } }, icon("close")),
    ),
    el("div", { class: "dialog-body" }, jsonNode(value, title)),
  );
  document.body.append(dialog);
  dialog.showModal();
}
