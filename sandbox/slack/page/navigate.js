// Where the page is: channel, home, thread and drawer, kept in the address so that a link leads back.

import { emit, readMessages, readThread, store } from "./store.js";

const narrow = matchMedia("(max-width: 760px)");
const tight = matchMedia("(max-width: 1380px)");

function go(hash) {
  if (location.hash === hash) arrive();
  else location.hash = hash;
}

export const openChannel = (channel) => go(`#/${channel}`);
export const openHomeTab = () => go("#/home");
export const openList = () => go("#/");
export const openThread = (ts) => go(`#/${store.place.channel}/${ts}`);
export const closeThread = () => go(`#/${store.place.channel}`);

/** Open a tab of the drawer, or close it when it is open already. */
export function toggleDrawer(tab) {
  store.place.drawer = store.place.drawer === tab ? null : tab;
  if (store.place.drawer && tight.matches && !narrow.matches && store.place.thread) closeThread();
  localStorage.setItem("sandbox-drawer", store.place.drawer ?? "");
  emit("place");
}

export function closeDrawer() {
  if (store.place.drawer) toggleDrawer(store.place.drawer);
}

/** On a phone one pane shows at a time; this is its name. */
export function pane() {
  const { drawer, thread, list } = store.place;
  if (drawer) return "drawer";
  if (list) return "list";
  return thread ? "thread" : "main";
}

function firstChannel() {
  const remembered = localStorage.getItem("sandbox-channel");
  const rooms = store.state.channels;
  return (rooms.find((room) => room.id === remembered) ?? rooms.find((room) => !room.is_im) ?? rooms[0])?.id ?? null;
}

function parse() {
  const [where, thread] = location.hash.replace(/^#\/?/, "").split("/");
  if (where === "home")
    return { home: true, channel: store.place.channel ?? firstChannel(), thread: null, list: false };
  const known = store.state.channels.some((room) => room.id === where);
  return {
    home: false,
    channel: known ? where : firstChannel(),
    thread: known && /^\d+\.\d+$/.test(thread ?? "") ? thread : null,
    list: !known,
  };
}

/** Take over what the address says. */
export function arrive() {
  const before = { ...store.place };
  Object.assign(store.place, parse());
  if (store.place.channel !== before.channel) store.messages = [];
  if (store.place.thread !== before.thread) store.thread = [];
  if (store.place.thread && !before.thread && tight.matches && store.place.drawer) closeDrawer();
  if (!store.place.list || !narrow.matches) {
    localStorage.setItem("sandbox-channel", store.place.channel ?? "");
    if (!store.place.home) store.unread.delete(store.place.channel);
  }
  emit("place");
  emit("unread");
  return Promise.all([readMessages(), readThread()]).catch((error) =>
    console.warn("the sandbox did not answer", error),
  );
}

/** Follow the address from now on; done when what it names is drawn. */
export function follow() {
  addEventListener("hashchange", arrive);
  narrow.addEventListener("change", () => emit("place"));
  store.place.drawer = narrow.matches ? null : localStorage.getItem("sandbox-drawer") || null;
  return arrive();
}
