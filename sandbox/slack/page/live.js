// Server-sent events: what changed decides what is read again.

import * as api from "./api.js";
import { emit, readAll, soon, store } from "./store.js";

const STATUS_LIFE_MS = 120_000; // Slack clears a status line after two minutes

let source = null;

function messageChanged(event) {
  const here = event.channel === store.place.channel;
  if (here || !event.channel) soon.messages();
  if (here && store.place.thread) soon.thread();
  const fresh = event.type === "message" || event.type === "ephemeral";
  if (fresh) clearStatus(event.channel);
  if (fresh && event.user !== store.me && (!here || store.place.home || document.hidden)) {
    store.unread.set(event.channel, (store.unread.get(event.channel) ?? 0) + 1);
    emit("unread");
  }
}

function clearStatus(channel) {
  if (store.status.delete(channel)) emit("status");
}

function statusChanged(event) {
  if (!event.channel) return;
  if (event.text || event.status)
    store.status.set(event.channel, {
      text: event.text ?? event.status,
      thread: event.thread_ts,
      until: Date.now() + STATUS_LIFE_MS,
    });
  else store.status.delete(event.channel);
  emit("status");
}

const REACT = {
  message: messageChanged,
  update: messageChanged,
  delete: messageChanged,
  ephemeral: messageChanged,
  reaction: messageChanged,
  view: () => soon.views(),
  home: () => soon.views(),
  state: () => soon.all(),
  status: statusChanged,
  traffic: () => emit("traffic-news"),
};

function heard(line) {
  try {
    const event = JSON.parse(line.data);
    REACT[event.type]?.(event);
  } catch (error) {
    console.warn("an event could not be read", error);
  }
}

function setOnline(online) {
  if (store.online === online) return;
  store.online = online;
  emit("online");
}

/** Listen as the person who acts now; anything missed while away is read again. */
export function listen() {
  source?.close();
  source = api.events(store.me);
  source.onmessage = heard;
  source.onopen = () => {
    setOnline(true);
    readAll().catch(() => setOnline(false)); // what happened before the stream opened
  };
  source.onerror = () => setOnline(false);
}
