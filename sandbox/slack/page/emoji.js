// Emoji in text: shortcodes and characters become one small picture with a spoken name.

import { el } from "./dom.js";
import { drawing } from "./emoji_art.js";
import { CHARACTERS, nameOf } from "./emoji_names.js";

export const PALETTE = [
  "white_check_mark",
  "eyes",
  "+1",
  "-1",
  "tada",
  "heart",
  "rocket",
  "thinking_face",
  "warning",
  "x",
  "fire",
  "star",
];
export const CHARACTER = /\p{Extended_Pictographic}(?:\uFE0F|\u200D\p{Extended_Pictographic})*/u;

let colourful = null; // does this machine's font draw emoji? asked once

function hasEmojiFont() {
  if (colourful !== null) return colourful;
  const pen = Object.assign(document.createElement("canvas"), { width: 20, height: 20 }).getContext("2d", {
    willReadFrequently: true,
  });
  pen.font = "16px sans-serif";
  pen.fillText("\u{1F600}", 0, 16);
  const pixels = pen.getImageData(0, 0, 20, 20).data;
  colourful = pixels.some((value, index) => index % 4 < 3 && value > 40);
  return colourful;
}

export function isEmoji(name) {
  return CHARACTERS.has(name);
}

/** One emoji by its shortcode; an unknown one stays readable as :name:. */
export function emoji(name) {
  const character = CHARACTERS.get(name);
  if (!character) return el("span", { class: "emoji-name" }, `:${name}:`);
  const props = {
    class: "emoji",
    role: "img",
    "aria-label": name.replaceAll("_", " "),
    title: `:${name}:`,
    data: { emoji: name },
  };
  const picture = drawing(name);
  if (picture) return el("span", props, picture, el("span", { class: "emoji-char" }, character));
  if (hasEmojiFont()) return el("span", props, character);
  return el("span", { ...props, class: "emoji-name" }, `:${name}:`);
}

/** An emoji written as a character; null when it is an ordinary sign. */
export function emojiCharacter(character) {
  const name = nameOf(character);
  return name ? emoji(name) : null;
}

/** Shortcodes that begin with, then contain, the typed letters. */
export function findEmoji(typed, limit = 8) {
  const names = [...CHARACTERS.keys()];
  const starts = names.filter((name) => name.startsWith(typed));
  const holds = names.filter((name) => !name.startsWith(typed) && name.includes(typed));
  return [...starts, ...holds].slice(0, limit);
}
