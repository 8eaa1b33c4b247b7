// The drawer on the right: traffic, checks and faults.

import { drawChecks } from "./checks.js";
import { drawFaults } from "./faults.js";
import { el, fill, gather, refill } from "./dom.js";
import { icon } from "./icons.js";
import { closeDrawer, toggleDrawer } from "./navigate.js";
import { on, store } from "./store.js";
import { drawTraffic, mountTraffic } from "./traffic.js";

const TABS = [
  ["traffic", "Traffic", drawTraffic],
  ["checks", "Checks", drawChecks],
  ["faults", "Faults", drawFaults],
];

/** Draw the drawer and keep it true. */
export function mountDrawer(node) {
  let shown = null;
  const body = el("div", { class: "drawer-body", role: "tabpanel", tabindex: "-1" });
  const head = el("div", { class: "pane-head" });
  node.append(head, body);

  const drawHead = () =>
    refill(
      head,
      el(
        "div",
        { class: "tabs", role: "tablist" },
        TABS.map(([name, label]) =>
          el(
            "button",
            {
              type: "button",
              role: "tab",
              class: "tab",
              "aria-selected": String(store.place.drawer === name),
              data: { testid: `tab-${name}` },
              on: {
                click: () => {
                  if (store.place.drawer !== name) toggleDrawer(name);
                },
              },
            },
            label,
          ),
        ),
      ),
      el(
        "button",
        {
          type: "button",
          class: "tool",
          "aria-label": "Close",
          data: { testid: "drawer-close" },
          on: { click: closeDrawer },
        },
        icon("close"),
      ),
    );

  const update = () => {
    const name = store.place.drawer;
    node.hidden = !name;
    if (!name) {
      shown = null;
      return;
    }
    drawHead();
    if (shown === name) return;
    shown = name;
    body.setAttribute("aria-label", TABS.find(([tab]) => tab === name)[1]);
    fill(body);
    TABS.find(([tab]) => tab === name)[2](body);
  };

  on("place", update);
  on("state", () => {
    if (shown === "faults") drawFaults(body);
  });
  on(
    "traffic",
    gather(() => {
      if (shown === "checks") drawChecks(body);
    }, 800),
  );
  mountTraffic();
}
