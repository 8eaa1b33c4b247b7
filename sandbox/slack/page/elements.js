// Interactive elements: buttons, menus and the inputs that act on their own when they change.

import { el, safeUrl } from "./dom.js";
import { ask } from "./confirm.js";
import { drawing } from "./emoji_art.js";
import { icon } from "./icons.js";
import { makeField } from "./fields.js";
import { plainText, words } from "./mrkdwn.js";
import { openMenu } from "./popover.js";

const key = (block, element) => `${block.block_id} ${element.action_id}`;

async function act(node, element, block, env, detail) {
  const confirm = detail.confirm ?? element.confirm;
  if (confirm && !(await ask(confirm))) return false;
  node.classList.add("busy");
  node.setAttribute("aria-busy", "true");
  try {
    await env.click({ element, block, ...detail });
  } finally {
    node.classList.remove("busy");
    node.removeAttribute("aria-busy");
  }
  return true;
}

const marks = (element) => ({ "action-id": element.action_id, "element-type": element.type });

function button(element, block, env) {
  const style = ["primary", "danger"].includes(element.style) ? element.style : "";
  const shared = {
    class: `button ${style}`,
    "aria-label": element.accessibility_label,
    data: { ...marks(element), value: element.value },
  };
  const target = element.url ? safeUrl(element.url) : null;
  const node = target
    ? el("a", { ...shared, href: target, target: "_blank", rel: "noopener noreferrer" }, plainText(element.text?.text))
    : el("button", { ...shared, type: "button" }, plainText(element.text?.text));
  node.addEventListener("click", () => act(node, element, block, env, { value: element.value }));
  return node;
}

function overflow(element, block, env) {
  const node = el(
    "button",
    {
      type: "button",
      class: "button button-icon",
      "aria-label": "More actions",
      "aria-haspopup": "menu",
      data: marks(element),
    },
    icon("dots", 18),
  );
  node.addEventListener("click", () =>
    openMenu(
      node,
      element.options.map((option) => ({
        label: words(option.text?.text),
        hint: option.description ? words(option.description.text) : undefined,
        data: { value: option.value },
        run: () => {
          if (option.url && safeUrl(option.url)) open(safeUrl(option.url), "_blank", "noopener");
          act(node, element, block, env, { state: { type: "overflow", selected_option: option } });
        },
      })),
      "More actions",
    ),
  );
  return node;
}

function feedback(element, block, env) {
  const thumb = (side, name) => {
    const choice = element[side];
    const node = el(
      "button",
      {
        type: "button",
        class: "button button-icon",
        "aria-label": choice?.accessibility_label ?? choice?.text?.text ?? name,
        title: choice?.text?.text,
        data: { ...marks(element), value: choice?.value },
      },
      el("span", { class: "emoji" }, drawing(name)),
    );
    node.addEventListener("click", () =>
      act(node, element, block, env, { value: choice?.value, side: side.replace("_button", "") }),
    );
    return node;
  };
  return el("span", { class: "feedback" }, thumb("positive_button", "+1"), thumb("negative_button", "-1"));
}

function iconButton(element, block, env) {
  const node = el(
    "button",
    {
      type: "button",
      class: "button button-icon",
      "aria-label": element.accessibility_label ?? element.text?.text ?? "Action",
      title: element.text?.text,
      data: marks(element),
    },
    icon("close", 16),
  );
  node.addEventListener("click", () => act(node, element, block, env, { value: element.value }));
  return node;
}

const TEXT_INPUTS = new Set(["plain_text_input", "number_input", "email_text_input", "url_text_input"]);

function remember(element, block, env, field) {
  env.fields.set(key(block, element), {
    block_id: block.block_id,
    action_id: element.action_id,
    type: element.type,
    optional: block.optional,
    block,
    ...field,
  });
  const kept = env.kept?.get(key(block, element));
  if (kept?.type === field.read().type) field.write(kept);
}

/** The input of an `input` block; it acts on its own only with `dispatch_action`. */
export function fieldElement(element, block, env) {
  const field = makeField(element ?? {});
  if (!field) return null;
  field.node.setAttribute("data-action-id", element.action_id ?? "");
  field.node.setAttribute("data-element-type", element.type);
  remember(element, block, env, field);
  if (block.dispatch_action)
    field.node.addEventListener("change", () => act(field.node, element, block, env, { state: field.read() }));
  return field;
}

function acting(element, block, env) {
  const field = makeField(element);
  if (!field) return el("span", { class: "unsupported" }, `unsupported element: ${element.type}`);
  field.node.classList.add("field-inline");
  for (const [name, value] of Object.entries(marks(element))) field.node.setAttribute(`data-${name}`, value ?? "");
  field.node.setAttribute("aria-label", element.placeholder?.text || words(block.text?.text ?? "") || "Choose");
  remember(element, block, env, field);
  let before = field.read();
  const changed = TEXT_INPUTS.has(element.type) ? "change" : "input";
  field.node.addEventListener(changed, async () => {
    const state = field.read();
    if (await act(field.node, element, block, env, { state })) before = state;
    else field.write(before);
  });
  return field.node;
}

const DRAW = { button, overflow, feedback_buttons: feedback, icon_button: iconButton };

/** An element of an actions block, or the accessory of a section. */
export function interactive(element, block, env) {
  return (DRAW[element.type] ?? acting)(element, block, env);
}
