// The app's Home tab, as the app published it for the person who acts.

import * as api from "./api.js";
import { renderBlocks } from "./blocks.js";
import * as deeds from "./deeds.js";
import * as directory from "./directory.js";
import { el, fill } from "./dom.js";
import { drawing } from "./emoji_art.js";
import { soon, store } from "./store.js";

let mark = null;

function empty() {
  const name = directory.nameOfUser(directory.appUser()?.id);
  return el(
    "div",
    { class: "empty" },
    el("span", { class: "empty-picture" }, drawing("brain")),
    el("h2", {}, "Nothing published yet"),
    el(
      "p",
      {},
      `${name} has not drawn a Home for ${directory.nameOfUser(store.me)}. It appears here as soon as it does.`,
    ),
  );
}

/** Tell the app that its Home was opened. */
export async function enterHome() {
  try {
    await api.openHome(store.me);
  } catch (error) {
    console.warn("the app was not told that its Home was opened", error);
  }
  soon.views();
}

/** Draw the Home into `node`, unless it stands there already. */
export function drawHome(node) {
  const view = store.views.home;
  const fresh = JSON.stringify([store.me, view?.hash, view?.blocks]);
  if (fresh === mark && node.childElementCount) return;
  mark = fresh;
  if (!view?.blocks?.length) {
    fill(node, empty());
    return;
  }
  const env = {
    surface: "home",
    fields: new Map(),
    click: (detail) => deeds.press({ view_id: view.id, home: true }, env.fields, detail),
  };
  fill(
    node,
    el("div", { class: "home-sheet", data: { testid: "home", "view-id": view.id } }, renderBlocks(view.blocks, env)),
  );
}
