// The left side: rail, channels, direct messages, the app, and who one acts as.

import { avatarOf } from "./avatar.js";
import * as directory from "./directory.js";
import { el, gather, refill } from "./dom.js";
import { drawing } from "./emoji_art.js";
import { icon } from "./icons.js";
import { openChannel, openHomeTab, openList, toggleDrawer } from "./navigate.js";
import { openMenu } from "./popover.js";
import { on, store } from "./store.js";
import { flipTheme } from "./theme.js";

const DRAWERS = [
  ["traffic", "traffic", "Traffic"],
  ["checks", "checks", "Checks"],
  ["faults", "bolt", "Faults"],
];

let actAs = () => {};

/** Choose another person to act as. */
function openPeople(anchor) {
  openMenu(
    anchor,
    directory
      .humans()
      .map((person) => ({
        label: directory.nameOfUser(person.id),
        hint: `@${person.name}`,
        icon: avatarOf(person.id, "small"),
        checked: person.id === store.me,
        testid: `act-as-${person.name}`,
        run: () => actAs(person.id),
      })),
    "Act as",
  );
}

function railButton(name, label, run, props = {}) {
  return el(
    "button",
    {
      type: "button",
      class: "rail-button",
      "aria-label": label,
      ...props,
      on: { click: (event) => run(event.currentTarget) },
    },
    el("span", { class: "rail-icon" }, icon(name, 21)),
    el("span", { class: "rail-label", "aria-hidden": "true" }, label),
  );
}

function rail() {
  const { place } = store;
  const drawer = ([tab, picture, label]) =>
    railButton(picture, label, () => toggleDrawer(tab), {
      "aria-pressed": String(place.drawer === tab),
      data: { testid: `open-${tab}` },
    });
  return [
    el("div", { class: "team-mark", "aria-hidden": "true" }, directory.initials(store.state.team?.name ?? "Sandbox")),
    railButton("chat", "Channels", openList, {
      "aria-pressed": String(!place.home && !place.drawer),
      data: { testid: "rail-channels" },
    }),
    railButton("home", "Home", openHomeTab, {
      "aria-pressed": String(place.home && !place.drawer),
      data: { testid: "rail-home" },
    }),
    DRAWERS.map(drawer),
    el("div", { class: "rail-gap" }),
    railButton("moon", "Theme", flipTheme, { class: "rail-button rail-theme", data: { testid: "theme" } }),
  ];
}

function row({ id, label, picture, current, testid, run }) {
  const count = store.unread.get(id) ?? 0;
  return el(
    "li",
    {},
    el(
      "button",
      {
        type: "button",
        class: ["side-row", count && "side-unread"],
        "aria-current": current ? "page" : undefined,
        data: { testid, channel: id },
        on: { click: run },
      },
      el("span", { class: "side-picture" }, picture),
      el("span", { class: "side-name" }, label),
      count ? el("span", { class: "side-count", "aria-label": `${count} unread` }, count > 99 ? "99+" : count) : null,
    ),
  );
}

function group(title, rows) {
  return el("section", { class: "side-group" }, el("h2", {}, title), el("ul", {}, rows));
}

function rooms() {
  return store.state.channels
    .filter((room) => !room.is_im)
    .map((room) =>
      row({
        id: room.id,
        label: room.name,
        picture: icon("hash", 17),
        testid: `channel-${room.name}`,
        current: !store.place.home && !store.place.list && store.place.channel === room.id,
        run: () => openChannel(room.id),
      }),
    );
}

function appRows() {
  const app = directory.appUser();
  const direct = directory.directMessage(store.me);
  const name = app ? directory.nameOfUser(app.id) : "The app";
  return [
    direct
      ? row({
          id: direct.id,
          label: name,
          picture: avatarOf(app?.id, "small"),
          testid: "app-messages",
          current: !store.place.home && store.place.channel === direct.id,
          run: () => openChannel(direct.id),
        })
      : null,
    row({
      id: "home",
      label: "App Home",
      picture: icon("home", 17),
      testid: "app-home",
      current: store.place.home,
      run: openHomeTab,
    }),
  ];
}

function connections() {
  const count = store.state.connections ?? 0;
  const words = !store.online ? "Sandbox away" : count === 0 ? "No app connected" : `App connected × ${count}`;
  return el(
    "span",
    { class: ["link-state", !store.online || count === 0 ? "link-down" : "link-up"], data: { testid: "connections" } },
    words,
  );
}

function mask() {
  return el(
    "button",
    {
      type: "button",
      class: "act-as",
      "aria-haspopup": "menu",
      "aria-label": `Acting as ${directory.nameOfUser(store.me)}. Change`,
      data: { testid: "act-as", user: store.me },
      on: { click: (event) => openPeople(event.currentTarget) },
    },
    avatarOf(store.me, "medium"),
    el(
      "span",
      { class: "act-as-words" },
      el("small", {}, "Acting as"),
      el("strong", {}, directory.nameOfUser(store.me)),
    ),
    icon("down", 16),
  );
}

/** Draw the left side and keep it true. */
export function mountSidebar(railNode, sideNode, choose) {
  actAs = choose;
  const draw = () => {
    refill(railNode, rail());
    refill(
      sideNode,
      el(
        "header",
        { class: "side-head" },
        el("span", { class: "side-mark" }, drawing("brain")),
        el("div", {}, el("strong", { class: "team-name" }, store.state.team?.name ?? "Sandbox"), connections()),
        el(
          "button",
          { type: "button", class: "tool side-theme", "aria-label": "Switch theme", on: { click: flipTheme } },
          icon("moon", 19),
        ),
      ),
      el(
        "nav",
        { class: "side-scroll", "aria-label": "Channels" },
        group("Channels", rooms()),
        group("Apps", appRows()),
      ),
      mask(),
    );
  };
  const soon = gather(draw, 0); // one deed changes several topics
  for (const topic of ["state", "place", "unread", "online"]) on(topic, soon);
}
