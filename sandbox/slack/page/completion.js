// What the composer offers while one types: commands, people, channels, emoji.

import * as directory from "./directory.js";
import { el, fill } from "./dom.js";
import { avatarOf } from "./avatar.js";
import { emoji, findEmoji } from "./emoji.js";
import { icon } from "./icons.js";
import { store } from "./store.js";

const MOST = 8;
const begins = (text, typed) => text.toLowerCase().startsWith(typed.toLowerCase());

function commands(typed) {
  const usable = store.state.commands.filter((entry) => begins(entry.command, typed));
  return usable
    .slice(0, MOST)
    .map((entry) => ({
      insert: `${entry.command} `,
      exact: entry.command === typed,
      key: entry.command,
      picture: icon("slash", 18),
      label: entry.command,
      hint: entry.usage_hint,
      detail: entry.description,
    }));
}

function people(typed) {
  const found = directory
    .users()
    .filter((person) => begins(person.name, typed) || begins(directory.nameOfUser(person.id), typed));
  const rows = found.map((person) => ({
    insert: `@${person.name} `,
    key: person.id,
    picture: avatarOf(person.id, "small"),
    label: directory.nameOfUser(person.id),
    hint: `@${person.name}`,
    detail: person.is_bot ? "App" : "",
  }));
  const ranges = ["here", "channel"]
    .filter((range) => begins(range, typed))
    .map((range) => ({
      insert: `@${range} `,
      key: range,
      picture: icon("people", 18),
      label: `@${range}`,
      detail: "Notify the channel",
    }));
  const app = directory.appUser()?.id;
  return [...rows.sort((one, other) => Number(other.key === app) - Number(one.key === app)), ...ranges].slice(0, MOST);
}

function channels(typed) {
  return directory
    .channels()
    .filter((room) => !room.is_im && begins(room.name, typed))
    .slice(0, MOST)
    .map((room) => ({
      insert: `#${room.name} `,
      key: room.id,
      picture: icon("hash", 18),
      label: room.name,
      detail: room.topic?.value ?? room.topic,
    }));
}

function emojis(typed) {
  return findEmoji(typed, MOST).map((name) => ({
    insert: `:${name}: `,
    key: name,
    picture: emoji(name),
    label: `:${name}:`,
  }));
}

const KINDS = [
  { find: /^(\/[\w-]*)$/, name: "Commands", list: commands, inThread: false },
  { find: /(?:^|[\s(])@([\w.-]*)$/, name: "People", list: people, inThread: true, mark: 1 },
  { find: /(?:^|[\s(])#([\w-]*)$/, name: "Channels", list: channels, inThread: true, mark: 1 },
  { find: /(?:^|\s):([a-z0-9_+-]{2,})$/, name: "Emoji", list: emojis, inThread: true, mark: 1 },
];

let serial = 0;

export class Completion {
  constructor(box, inThread) {
    serial += 1;
    this.id = `completion-${serial}`;
    this.box = box;
    this.inThread = inThread;
    this.node = el("div", { class: "completion", hidden: true, data: { testid: "completion" } });
    this.rows = [];
    this.at = 0;
    box.setAttribute("role", "combobox");
    box.setAttribute("aria-autocomplete", "list");
    box.setAttribute("aria-controls", this.id);
    box.setAttribute("aria-expanded", "false");
  }

  get open() {
    return !this.node.hidden;
  }

  close() {
    this.node.hidden = true;
    this.box.setAttribute("aria-expanded", "false");
    this.box.removeAttribute("aria-activedescendant");
  }

  /** Look at what stands before the caret and offer what fits. */
  update() {
    const before = this.box.value.slice(0, this.box.selectionStart);
    for (const kind of KINDS) {
      const found = kind.find.exec(before);
      if (!found || (this.inThread && !kind.inThread)) continue;
      this.rows = kind.list(found[1]);
      this.from = before.length - found[1].length - (kind.mark ?? 0);
      this.at = 0;
      if (this.rows.length) return this.draw(kind.name);
    }
    return this.close();
  }

  draw(title) {
    fill(
      this.node,
      el("div", { class: "completion-title" }, title),
      el(
        "div",
        { role: "listbox", id: this.id, "aria-label": title },
        this.rows.map((row, index) =>
          el(
            "div",
            {
              class: "completion-row",
              role: "option",
              id: `${this.id}-${index}`,
              "aria-selected": String(index === this.at),
              data: { testid: "option", key: row.key },
              on: {
                pointerdown: (event) => {
                  event.preventDefault();
                  this.take(index);
                },
              },
            },
            el("span", { class: "completion-picture" }, row.picture),
            el("strong", {}, row.label),
            row.hint ? el("code", {}, row.hint) : null,
            el("span", { class: "completion-detail" }, row.detail ?? ""),
          ),
        ),
      ),
    );
    this.node.hidden = false;
    this.box.setAttribute("aria-expanded", "true");
    this.box.setAttribute("aria-activedescendant", `${this.id}-${this.at}`);
  }

  move(step) {
    this.at = (this.at + step + this.rows.length) % this.rows.length;
    for (const [index, row] of this.node.querySelectorAll("[role=option]").entries()) {
      row.setAttribute("aria-selected", String(index === this.at));
      if (index === this.at) row.scrollIntoView({ block: "nearest" });
    }
    this.box.setAttribute("aria-activedescendant", `${this.id}-${this.at}`);
  }

  take(index = this.at) {
    const { value, selectionStart } = this.box;
    const { insert } = this.rows[index];
    this.box.value = value.slice(0, this.from) + insert + value.slice(selectionStart).replace(/^ /, "");
    this.box.setSelectionRange(this.from + insert.length, this.from + insert.length);
    this.close();
    this.box.dispatchEvent(new Event("input"));
    this.box.focus();
  }

  /** Handle a key; true when the list used it up. */
  key(event) {
    if (!this.open) return false;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") this.move(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Escape") this.close();
    else if (event.key === "Tab") this.take();
    else if (event.key === "Enter" && !event.shiftKey && !this.rows[this.at].exact) this.take();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }
}
