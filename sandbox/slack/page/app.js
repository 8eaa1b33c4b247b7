// The page itself: its parts are mounted, the sandbox is read, and its events are followed.

import { toast } from "./confirm.js";
import { mountDrawer } from "./drawer.js";
import { el } from "./dom.js";
import { listen } from "./live.js";
import { mountMain, mountThread } from "./main.js";
import { mountModals } from "./modals.js";
import { closeDrawer, closeThread, follow, openChannel, pane } from "./navigate.js";
import * as directory from "./directory.js";
import { mountSidebar } from "./sidebar.js";
import { emit, on, readAll, readState, readViews, store } from "./store.js";
import { startTheme } from "./theme.js";

const RETRY_MS = 1500;

function remembered() {
  return new URLSearchParams(location.search).get("as") ?? localStorage.getItem("sandbox-as") ?? "U0CEO";
}

/** Become another person: their channels, their Home, what only they can see. */
async function actAs(id) {
  const inDirect = directory.channel(store.place.channel)?.is_im;
  store.me = id;
  localStorage.setItem("sandbox-as", id);
  store.views = { home: null, modals: [] };
  emit("views");
  await readState();
  if (inDirect && !store.place.home) openChannel(directory.directMessage(id)?.id);
  else emit("place");
  await readAll();
  listen();
}

function keys(event) {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (store.place.thread) closeThread();
  else closeDrawer();
}

function links(event) {
  const id = event.target.closest?.("[data-channel-link]")?.dataset.channelLink;
  if (!id) return;
  event.preventDefault();
  openChannel(id);
}

function title() {
  const room = directory.channel(store.place.channel);
  const where =
    store.place.home || room?.is_im ? directory.nameOfUser(directory.appUser()?.id) : `#${room?.name ?? ""}`;
  const unread = [...store.unread.values()].reduce((sum, count) => sum + count, 0);
  document.title = `${unread ? `(${unread}) ` : ""}${where} · ${store.state.team?.name ?? "Sandbox"}`;
}

/** A permalink names a message by its path; the page names it by its hash. */
function followPermalink() {
  const found = /^\/archives\/(\w+)\/p(\d+)(\d{6})$/.exec(location.pathname);
  if (!found) return;
  const [, channel, seconds, micros] = found;
  const thread = new URLSearchParams(location.search).get("thread_ts");
  store.place.look = `${seconds}.${micros}`;
  history.replaceState(null, "", `/#/${channel}${thread ? `/${thread}` : ""}`);
}

function mount() {
  const shell = document.querySelector(".shell");
  mountSidebar(shell.querySelector(".rail"), shell.querySelector(".side"), (id) =>
    actAs(id).catch((error) => toast(error.message, "bad")),
  );
  mountMain(shell.querySelector(".main"));
  mountThread(shell.querySelector(".thread"));
  mountDrawer(shell.querySelector(".drawer"));
  mountModals();
  on("place", () => {
    shell.dataset.pane = pane();
    shell.classList.toggle("has-thread", Boolean(store.place.thread));
    shell.classList.toggle("has-drawer", Boolean(store.place.drawer));
  });
  for (const topic of ["place", "unread", "state"]) on(topic, title);
  on("online", () => {
    document.querySelector(".offline").hidden = store.online;
  });
  document.addEventListener("keydown", keys);
  document.addEventListener("click", links);
  document.body.append(el("div", { class: "toasts", "aria-live": "polite" }));
}

async function start() {
  try {
    await readState();
    if (!store.state.users.some((user) => user.id === store.me)) {
      store.me = "U0CEO";
      await readState();
    }
  } catch (error) {
    console.warn("the sandbox is not up yet", error);
    setTimeout(start, RETRY_MS);
    return;
  }
  await Promise.all([follow(), readViews()]);
  listen();
  document.body.dataset.ready = "true";
}

startTheme();
followPermalink();
store.me = remembered();
mount();
start();
