// Drawn avatars: coloured squares with initials, an emoji, or the app's own mark.

import { el } from "./dom.js";
import { drawing } from "./emoji_art.js";
import { emoji } from "./emoji.js";
import { icon } from "./icons.js";
import * as directory from "./directory.js";

function coloured(node, key) {
  node.style.setProperty("--hue", directory.hue(key));
  return node;
}

function letters(key, name, size) {
  return coloured(
    el("span", { class: ["avatar", `avatar-${size}`], "aria-hidden": "true" }, directory.initials(name)),
    key,
  );
}

/** The square of one person or bot. */
export function avatarOf(id, size = "normal") {
  if (id === directory.appUser()?.id)
    return el("span", { class: ["avatar", "avatar-app", `avatar-${size}`], "aria-hidden": "true" }, drawing("brain"));
  return letters(id, directory.nameOfUser(id), size);
}

const isSlack = (message) => message.user === "USLACKBOT";

/** The square beside a message, which may carry its own name and emoji. */
export function avatarFor(message, size = "normal") {
  const shortcode = (message.icons?.emoji ?? message.icon_emoji ?? "").replaceAll(":", "");
  if (shortcode)
    return coloured(
      el("span", { class: ["avatar", "avatar-emoji", `avatar-${size}`], "aria-hidden": "true" }, emoji(shortcode)),
      message.username ?? shortcode,
    );
  if (isSlack(message))
    return el(
      "span",
      { class: ["avatar", "avatar-sandbox", `avatar-${size}`], "aria-hidden": "true" },
      icon("hash", 18),
    );
  if (message.username) return letters(message.username, message.username, size);
  return avatarOf(message.user ?? directory.appUser()?.id, size);
}

/** The name over a message. */
export function authorOf(message) {
  if (isSlack(message)) return "Slackbot";
  if (message.username) return message.username;
  if (message.user) return directory.nameOfUser(message.user);
  return message.bot_profile?.name ?? directory.nameOfUser(directory.appUser()?.id);
}
