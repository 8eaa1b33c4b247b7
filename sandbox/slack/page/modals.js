// Modal views: the top of the user's stack as a dialog, with its inputs and their errors.

import * as api from "./api.js";
import { renderBlocks } from "./blocks.js";
import { toast } from "./confirm.js";
import * as deeds from "./deeds.js";
import { el, fill } from "./dom.js";
import { isEmpty } from "./fields.js";
import { icon } from "./icons.js";
import { plainText } from "./mrkdwn.js";
import { on, readMessages, readViews, store } from "./store.js";

let shown = null; // {view, mark, dialog, env}
const typed = new Map(); // what stood in the inputs of a view that another one covers

const WRONG = {
  required: "Please fill in this field.",
  email: "Please enter an e-mail address.",
  url: "Please enter an address that begins with http:// or https://.",
  number: "Please enter a number.",
};

function values(fields) {
  const kept = new Map();
  for (const [key, field] of fields) kept.set(key, field.read());
  return kept;
}

function clearErrors(dialog) {
  for (const node of dialog.querySelectorAll(".field-error")) node.hidden = true;
  for (const node of dialog.querySelectorAll(".input-wrong")) node.classList.remove("input-wrong");
}

/** Put each error under its field; the first one is brought into view. */
function showErrors(dialog, errors) {
  clearErrors(dialog);
  let first = null;
  for (const [blockId, text] of Object.entries(errors)) {
    const line = dialog.querySelector(`[data-error-for="${CSS.escape(blockId)}"]`);
    if (!line) {
      banner(`${blockId}: ${text}`);
      continue;
    }
    fill(line, text);
    line.hidden = false;
    line.closest(".block").classList.add("input-wrong");
    first ??= line.closest(".block").querySelector("input, textarea, select");
  }
  first?.focus();
}

function banner(text) {
  const node = shown?.dialog.querySelector(".dialog-banner");
  if (!node) return;
  fill(node, text);
  node.hidden = !text;
}

function localError(field) {
  if (field.block.type !== "input") return null;
  const state = field.read();
  if (isEmpty(state)) return field.optional ? null : WRONG.required;
  const node = field.focus;
  if (node?.validity?.typeMismatch) return WRONG[node.type];
  if (node?.validity?.badInput) return WRONG.number;
  const least = field.block.element.min_length;
  return least && state.value?.length < least ? `Please enter at least ${least} characters.` : null;
}

/** What Slack's own client refuses before the app is asked. */
function localErrors(fields) {
  const found = {};
  for (const field of fields.values()) {
    const text = localError(field);
    if (text) found[field.block_id] = text;
  }
  return found;
}

async function submit(button) {
  const { view, env, dialog } = shown;
  banner("");
  const wrong = localErrors(env.fields);
  if (Object.keys(wrong).length) return showErrors(dialog, wrong);
  clearErrors(dialog);
  button.classList.add("busy");
  button.disabled = true;
  try {
    settle(await api.submit(store.me, view.id, deeds.stateOf(env.fields)), dialog);
    await Promise.all([readViews(), readMessages()]);
  } catch (error) {
    banner(error.message);
  }
  button.classList.remove("busy");
  button.disabled = false;
  return null;
}

function settle(answer, dialog) {
  const errors = answer.errors ?? answer.ack_payload?.errors;
  if (answer.error) banner(`We had some trouble connecting: ${deeds.failure(answer.error)}. Try again.`);
  else if (errors && Object.keys(errors).length) showErrors(dialog, errors);
  else if (answer.ack_refused) banner(`The app's answer was refused: ${answer.ack_refused.error}.`);
}

async function dismiss() {
  const { view } = shown;
  hide();
  store.views.modals = store.views.modals.filter((entry) => entry.id !== view.id);
  try {
    await api.close(store.me, view.id);
    await readViews();
  } catch (error) {
    toast(error.message, "bad");
  }
}

function hide() {
  if (shown) typed.set(shown.view.id, values(shown.env.fields));
  shown?.dialog.close();
  shown?.dialog.remove();
  shown = null;
}

function foot(view) {
  const close = el(
    "button",
    { type: "button", class: "button", data: { testid: "modal-close" }, on: { click: dismiss } },
    plainText(view.close?.text ?? "Cancel"),
  );
  const send = view.submit
    ? el(
        "button",
        { type: "submit", class: "button primary", data: { testid: "modal-submit" } },
        plainText(view.submit.text),
      )
    : null;
  return el("div", { class: "dialog-foot" }, close, send);
}

function contents(view, depth, env) {
  const title = view.title?.text ?? "";
  return [
    el(
      "div",
      { class: "dialog-head" },
      depth > 1
        ? el("button", { type: "button", class: "tool", "aria-label": "Back", on: { click: dismiss } }, icon("back"))
        : null,
      el("h2", {}, plainText(title)),
      el("button", { type: "button", class: "tool", "aria-label": "Close", on: { click: dismiss } }, icon("close")),
    ),
    el("div", { class: "dialog-banner", role: "alert", hidden: true }),
    el("div", { class: "dialog-body" }, renderBlocks(view.blocks ?? [], env)),
    foot(view),
  ];
}

function draw(view, depth, kept) {
  const env = {
    surface: "modal",
    fields: new Map(),
    kept,
    click: (detail) => deeds.press({ view_id: view.id }, env.fields, detail),
  };
  const form = el("form", { class: "dialog-form", novalidate: true }, contents(view, depth, env));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(form.querySelector("[type=submit]"));
  });
  return { env, form };
}

function open(view, depth) {
  const dialog = el("dialog", {
    class: "modal",
    "aria-label": view.title?.text ?? "Dialog",
    data: { testid: "modal", "view-id": view.id, "callback-id": view.callback_id },
  });
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    if (event.target === dialog) dismiss();
  });
  const { env, form } = draw(view, depth, typed.get(view.id));
  dialog.append(form);
  document.body.append(dialog);
  dialog.showModal();
  shown = { view, dialog, env };
  form.querySelector(".dialog-body :is(input, textarea, select)")?.focus();
}

/** The view changed while open: same inputs keep what was typed into them. */
function redraw(view, depth) {
  const { env, form } = draw(view, depth, values(shown.env.fields));
  fill(shown.dialog, form);
  shown.dialog.setAttribute("aria-label", view.title?.text ?? "Dialog");
  Object.assign(shown, { view, env });
}

const markOf = (view, depth) => JSON.stringify([view.id, view.hash, view.blocks, view.title, view.submit, depth]);

function update() {
  const { modals } = store.views;
  const view = modals.at(-1);
  for (const id of typed.keys()) if (!modals.some((entry) => entry.id === id)) typed.delete(id);
  if (!view) return hide();
  const mark = markOf(view, modals.length);
  if (shown?.mark === mark) return null;
  if (shown?.view.id === view.id) redraw(view, modals.length);
  else {
    hide();
    open(view, modals.length);
  }
  shown.mark = mark;
  return null;
}

export function mountModals() {
  on("views", update);
}
