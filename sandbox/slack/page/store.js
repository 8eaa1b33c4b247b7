// What the page knows: who acts, where they are, and what was last read. Parts listen by topic.

import * as api from "./api.js";
import { setServerNow } from "./dates.js";
import * as directory from "./directory.js";
import { gather } from "./dom.js";

const listeners = new Map();

export const store = {
  me: "U0CEO",
  state: { users: [], channels: [], commands: [], shortcuts: [], faults: [], connections: 0 },
  place: { channel: null, home: false, thread: null, drawer: null },
  messages: [],
  thread: [],
  views: { home: null, modals: [] },
  notices: [],
  unread: new Map(),
  status: new Map(),
  online: true,
};

/** Call `listener` whenever `topic` changes. */
export function on(topic, listener) {
  if (!listeners.has(topic)) listeners.set(topic, []);
  listeners.get(topic).push(listener);
}

export function emit(topic, detail) {
  for (const listener of listeners.get(topic) ?? []) listener(detail);
}

let known = null; // who and what was in the workspace when last read

export async function readState() {
  const fresh = await api.state(store.me);
  store.state = { ...store.state, ...fresh };
  directory.setMe(store.me);
  directory.learn(fresh);
  setServerNow(fresh.now);
  const who = JSON.stringify([store.me, fresh.users, fresh.channels]);
  if (who !== known) emit("people");
  known = who;
  emit("state");
}

function keepStatus(channel, thread, status) {
  const text = typeof status === "string" ? status : (status?.text ?? status?.status ?? "");
  if (text) store.status.set(channel, { text, thread });
  else if (store.status.get(channel)?.thread === thread) store.status.delete(channel);
  emit("status");
}

/** Read the messages of the open channel; a slow answer for another channel is dropped. */
export async function readMessages() {
  const { channel } = store.place;
  const { me } = store;
  if (!channel) return;
  const answer = await api.messages(channel, me);
  if (store.place.channel !== channel || store.me !== me) return;
  store.messages = answer.messages ?? [];
  emit("messages");
}

export async function readThread() {
  const { channel, thread } = store.place;
  const { me } = store;
  if (!thread) return;
  const answer = await api.messages(channel, me, thread);
  if (store.place.thread !== thread || store.me !== me) return;
  store.thread = answer.messages ?? [];
  if (answer.status !== undefined) keepStatus(channel, thread, answer.status);
  emit("thread");
}

export async function readViews() {
  const { me } = store;
  const answer = await api.views(me);
  if (store.me !== me) return;
  store.views = { home: answer.home ?? null, modals: answer.modals ?? [] };
  emit("views");
}

/** Everything the page shows, read afresh. */
export async function readAll() {
  await readState();
  await Promise.all([readMessages(), readThread(), readViews()]);
}

const quietly = (task) => gather(() => task().catch((error) => console.warn("the sandbox did not answer", error)), 25);

export const soon = {
  state: quietly(readState),
  messages: quietly(readMessages),
  thread: quietly(readThread),
  views: quietly(readViews),
  all: quietly(readAll),
};

/** A line only this page shows, such as a command that nobody answered. */
export function notice(channel, text, thread) {
  store.notices.push({ channel, text, thread, me: store.me, ts: String(Date.now() / 1000) });
  emit("messages");
  emit("thread");
}
