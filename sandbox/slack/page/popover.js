// Small floating panels: menus, the emoji palette, the list of people.

import { el, fill } from "./dom.js";

let open = null;

export function closePopover() {
  if (!open) return;
  const { node, anchor, hadFocus } = open;
  open = null;
  node.remove();
  anchor.setAttribute("aria-expanded", "false");
  if (hadFocus && anchor.isConnected) anchor.focus({ preventScroll: true });
}

function place(node, anchor) {
  const box = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = node;
  const left = Math.max(8, box.left + width > innerWidth - 8 ? box.right - width : box.left);
  const below = box.bottom + 6 + height <= innerHeight - 8;
  const top = below ? box.bottom + 6 : Math.max(8, box.top - height - 6);
  node.style.left = `${left}px`;
  node.style.top = `${top}px`;
}

/** Show a panel beside its anchor; a second call on the same anchor closes it. */
export function openPopover(anchor, node) {
  const again = open?.anchor === anchor;
  closePopover();
  if (again) return;
  node.classList.add("popover");
  const host = anchor.closest("dialog") ?? document.body;
  host.append(node);
  place(node, anchor);
  anchor.setAttribute("aria-expanded", "true");
  open = { node, anchor, hadFocus: true };
  (node.querySelector("[autofocus], [role=menuitem], [role=menuitemradio], button, input") ?? node).focus?.({
    preventScroll: true,
  });
}

function walk(event, node) {
  const items = [...node.querySelectorAll("[role^=menuitem]")];
  const at = items.indexOf(document.activeElement);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || items.length === 0) return;
  event.preventDefault();
  items[(at + step + items.length) % items.length].focus();
}

/** A menu of `{label, hint, icon, checked, danger, run, testid, data}` entries. */
export function openMenu(anchor, entries, label) {
  const node = el("div", {
    class: "menu",
    role: "menu",
    "aria-label": label,
    on: { keydown: (event) => walk(event, node) },
  });
  const radio = entries.some((entry) => entry.checked !== undefined);
  fill(
    node,
    entries.map((entry) =>
      el(
        "button",
        {
          type: "button",
          role: radio ? "menuitemradio" : "menuitem",
          class: ["menu-item", entry.danger && "danger"],
          "aria-checked": radio ? String(Boolean(entry.checked)) : undefined,
          data: { testid: entry.testid, ...entry.data },
          on: {
            click: () => {
              closePopover();
              entry.run();
            },
          },
        },
        entry.icon ?? null,
        el(
          "span",
          { class: "menu-words" },
          el("span", {}, entry.label),
          entry.hint ? el("small", {}, entry.hint) : null,
        ),
      ),
    ),
  );
  if (entries.length === 0) fill(node, el("p", { class: "menu-empty" }, "Nothing here"));
  openPopover(anchor, node);
}

document.addEventListener("pointerdown", (event) => {
  if (open && !open.node.contains(event.target) && !open.anchor.contains(event.target)) {
    open.hadFocus = false;
    closePopover();
  }
});
document.addEventListener(
  "keydown",
  (event) => {
    if (event.key === "Escape" && open) {
      event.preventDefault();
      event.stopPropagation();
      closePopover();
    }
  },
  true,
);
addEventListener("resize", closePopover);
