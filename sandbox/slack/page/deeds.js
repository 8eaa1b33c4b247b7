// What a person does on the page: send, click, react, use a shortcut.

import * as api from "./api.js";
import { toast } from "./confirm.js";
import * as directory from "./directory.js";
import { escapeText } from "./inline.js";
import { notice, soon, store } from "./store.js";

const FAILED = {
  operation_timeout: "the app did not acknowledge within three seconds",
  dispatch_failed: "no app is connected",
};

/** Words for an envelope that came to nothing. */
export function failure(error) {
  return FAILED[error] ? `${FAILED[error]} (${error})` : error;
}

async function guarded(task) {
  try {
    return await task();
  } catch (error) {
    toast(error.message, "bad");
    return null;
  }
}

function withMentions(text) {
  return escapeText(text)
    .replace(/(^|[\s(])@([\w.-]+)/g, (whole, before, handle) => {
      const found = directory.users().find((person) => person.name === handle);
      if (found) return `${before}<@${found.id}>`;
      return /^(here|channel|everyone)$/.test(handle) ? `${before}<!${handle}>` : whole;
    })
    .replace(/(^|[\s(])#([\w-]+)/g, (whole, before, name) => {
      const found = directory.channels().find((room) => room.name === name);
      return found ? `${before}<#${found.id}|${found.name}>` : whole;
    });
}

async function sendCommand(channel, text) {
  const answer = await guarded(() => api.command(store.me, channel, text));
  soon.messages();
  soon.views();
  return Boolean(answer);
}

/** Send what was typed: a command, or a message with its mentions turned into ids. True when it left. */
export async function send(channel, text, thread) {
  if (text.startsWith("/") && /^\/[\w-]+/.test(text)) {
    if (!thread) return sendCommand(channel, text);
    notice(channel, "Slash commands do not work in threads. Mention the app instead.", thread);
    return false;
  }
  const answer = await guarded(() => api.message(store.me, channel, withMentions(text), thread));
  soon.messages();
  if (thread) soon.thread();
  return Boolean(answer);
}

const PICKED = [
  "selected_option",
  "selected_options",
  "selected_user",
  "selected_users",
  "selected_date",
  "selected_time",
  "selected_date_time",
  "selected_channel",
  "selected_channels",
  "selected_conversation",
  "selected_conversations",
];

function picked(state) {
  const name = PICKED.find((entry) => entry in state);
  return name ? state[name] : state.value;
}

/** What a form holds, as Slack's `state.values`. */
export function stateOf(fields) {
  const values = {};
  for (const field of fields.values()) (values[field.block_id] ??= {})[field.action_id] = field.read();
  return values;
}

/** Press something: `where` names the message, the view or the home it stands in. */
export async function press(where, fields, { element, block, value, state, side }) {
  const body = {
    user: store.me,
    action_id: element.action_id,
    block_id: block.block_id,
    ...where,
    values: stateOf(fields),
  };
  if (side) body.selected = side;
  else if (state) body.selected = picked(state);
  else if (value !== undefined) body.value = value;
  const answer = await guarded(() => api.click(body));
  if (answer?.error) toast(`That did not reach the app: ${failure(answer.error)}.`, "bad");
  soon.messages();
  soon.views();
  if (store.place.thread) soon.thread();
}

export async function react(channel, ts, name) {
  await guarded(() => api.react(store.me, channel, ts, name));
  soon.messages();
  if (store.place.thread) soon.thread();
}

export async function useShortcut(shortcut, target = {}) {
  const answer = await guarded(() => api.shortcut({ user: store.me, callback_id: shortcut.callback_id, ...target }));
  if (answer?.error) toast(`That did not reach the app: ${failure(answer.error)}.`, "bad");
  soon.views();
}
