// Block Kit to DOM nodes: one small function per block.

import { el, safeUrl } from "./dom.js";
import { fieldElement, interactive } from "./elements.js";
import { inline } from "./inline.js";
import { markdown } from "./markdown.js";
import { mrkdwn, plainText, textObject, words } from "./mrkdwn.js";
import { richText, table } from "./richtext.js";

/** An image, or a box with its description when it cannot be had. */
export function picture(url, alt, className) {
  const target = safeUrl(url ?? "");
  const lost = () =>
    el("span", { class: "image-lost", role: "img", "aria-label": alt }, `Image: ${alt || "no description"}`);
  if (!target) return lost();
  const node = el("img", {
    src: target,
    alt: alt ?? "",
    class: className,
    loading: "lazy",
    referrerpolicy: "no-referrer",
  });
  node.addEventListener("error", () => node.replaceWith(lost()), { once: true });
  return node;
}

const imageUrl = (block) => block.image_url ?? block.slack_file?.url ?? "";

function unsupported(block) {
  return el(
    "div",
    { class: "unsupported", data: { testid: "unsupported" } },
    `unsupported block: ${block?.type ?? "without a type"}`,
  );
}

function accessory(element, block, env) {
  if (!element) return null;
  if (element.type === "image")
    return el("div", { class: "accessory" }, picture(imageUrl(element), element.alt_text, "accessory-image"));
  return el("div", { class: "accessory" }, interactive(element, block, env));
}

function section(block, env) {
  const fields = block.fields?.length
    ? el(
        "div",
        { class: "fields" },
        block.fields.map((field) => el("div", { class: "field-cell" }, textObject(field))),
      )
    : null;
  return el(
    "div",
    { class: "section" },
    el("div", { class: "section-words" }, textObject(block.text), fields),
    accessory(block.accessory, block, env),
  );
}

function context(block) {
  return el(
    "div",
    { class: "context" },
    (block.elements ?? []).map((element) =>
      element.type === "image"
        ? picture(imageUrl(element), element.alt_text, "context-image")
        : el("div", { class: "context-words" }, textObject(element)),
    ),
  );
}

function image(block) {
  const caption = block.title ? el("figcaption", {}, plainText(block.title.text)) : null;
  return el("figure", { class: "figure" }, caption, picture(imageUrl(block), block.alt_text, "figure-image"));
}

function actions(block, env) {
  return el(
    "div",
    { class: "actions" },
    (block.elements ?? []).map((element) => interactive(element, block, env)),
  );
}

function input(block, env) {
  const field = fieldElement(block.element, block, env);
  if (!field) return unsupported({ type: `input of ${block.element?.type}` });
  const error = el("p", { class: "field-error", role: "alert", hidden: true, data: { "error-for": block.block_id } });
  const label = words(block.label?.text ?? "");
  field.node.setAttribute("aria-label", block.optional ? `${label} (optional)` : label);
  return el(
    "div",
    { class: "input-block" },
    el(
      "div",
      { class: "input-label" },
      plainText(label),
      block.optional ? el("span", { class: "optional" }, " (optional)") : null,
    ),
    field.node,
    block.hint ? el("p", { class: "input-hint" }, plainText(block.hint.text)) : null,
    error,
  );
}

function alertBlock(block) {
  return el("div", { class: `alert alert-${block.level ?? "default"}`, role: "note" }, textObject(block.text));
}

function card(block, env) {
  return el(
    "div",
    { class: "card" },
    block.hero_image ? picture(imageUrl(block.hero_image), block.hero_image.alt_text, "card-hero") : null,
    el(
      "div",
      { class: "card-words" },
      block.title ? el("strong", {}, textObject(block.title)) : null,
      block.subtitle ? el("div", { class: "card-subtitle" }, textObject(block.subtitle)) : null,
      textObject(block.body),
    ),
    block.actions?.length ? actions({ ...block, elements: block.actions }, env) : null,
  );
}

const DRAW = {
  section,
  context,
  image,
  actions,
  input,
  card,
  header: (block) =>
    el("div", { class: "header-block", role: "heading", "aria-level": "3" }, plainText(block.text?.text)),
  divider: () => el("hr"),
  markdown: (block) => markdown(block.text),
  table,
  rich_text: richText,
  context_actions: actions,
  alert: alertBlock,
};

function draw(block, env) {
  try {
    return DRAW[block?.type]?.(block, env) ?? unsupported(block);
  } catch (error) {
    console.warn("a block could not be drawn", block, error);
    return unsupported(block);
  }
}

/** All blocks of a message, a modal or a home; `env` says where they are and what a click does. */
export function renderBlocks(blocks, env) {
  return blocks.map((block) =>
    el(
      "div",
      {
        class: `block block-${String(block?.type).replace(/\W/g, "")}`,
        data: { "block-id": block?.block_id, "block-type": block?.type },
      },
      draw(block, env),
    ),
  );
}

function attachmentBody(attachment, env) {
  const title = attachment.title
    ? el(
        "div",
        { class: "attachment-title" },
        attachment.title_link && safeUrl(attachment.title_link)
          ? el(
              "a",
              { href: safeUrl(attachment.title_link), target: "_blank", rel: "noopener noreferrer" },
              inline(attachment.title),
            )
          : inline(attachment.title),
      )
    : null;
  const fields = attachment.fields?.length
    ? el(
        "div",
        { class: "fields" },
        attachment.fields.map((field) =>
          el(
            "div",
            { class: ["field-cell", !field.short && "field-wide"] },
            el("strong", {}, field.title),
            mrkdwn(field.value),
          ),
        ),
      )
    : null;
  return [
    attachment.author_name ? el("div", { class: "attachment-author" }, attachment.author_name) : null,
    title,
    attachment.text ? mrkdwn(attachment.text) : null,
    attachment.blocks ? renderBlocks(attachment.blocks, env) : null,
    fields,
    attachment.image_url
      ? picture(attachment.image_url, attachment.fallback ?? "attached image", "figure-image")
      : null,
    attachment.footer ? el("div", { class: "context-words" }, attachment.footer) : null,
  ];
}

const NAMED_COLOURS = { good: "var(--good)", warning: "var(--warn)", danger: "var(--danger)" };

/** Attachments of a message, each with its coloured edge. */
export function renderAttachments(attachments, env) {
  return attachments.map((attachment) => {
    const node = el("div", { class: "attachment" }, attachmentBody(attachment, env));
    const colour =
      NAMED_COLOURS[attachment.color] ??
      (/^#?[0-9a-f]{6}$/i.test(attachment.color ?? "") ? `#${attachment.color.replace("#", "")}` : null);
    if (colour) node.style.borderLeftColor = colour;
    return el("div", {}, attachment.pretext ? mrkdwn(attachment.pretext) : null, node);
  });
}
