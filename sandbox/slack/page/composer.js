// The box one writes in: commands, mentions, emoji, and simple styles.

import { Completion } from "./completion.js";
import * as deeds from "./deeds.js";
import { el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { openPalette } from "./message.js";
import { openMenu } from "./popover.js";
import { store } from "./store.js";

const STYLES = [
  ["bold", "Bold", "*"],
  ["italic", "Italic", "_"],
  ["strike", "Strikethrough", "~"],
  ["code", "Code", "`"],
];

const GROWS_ALONE = CSS.supports("field-sizing", "content");

export class Composer {
  /** `where()` answers `{channel, thread, name}` at the moment of sending. */
  constructor(where, testid, inThread = false) {
    this.where = where;
    this.inThread = inThread;
    this.drafts = new Map();
    this.box = el("textarea", {
      class: "composer-box",
      rows: 1,
      autocomplete: "off",
      spellcheck: "true",
      data: { testid: `${testid}-box` },
    });
    this.completion = new Completion(this.box, inThread);
    this.hint = el("div", { class: "composer-hint", hidden: true });
    this.button = el(
      "button",
      {
        type: "submit",
        class: "send",
        "aria-label": "Send",
        title: "Send (Enter)",
        data: { testid: `${testid}-send` },
      },
      icon("send", 18),
    );
    this.node = el(
      "form",
      {
        class: "composer",
        data: { testid },
        on: {
          submit: (event) => {
            event.preventDefault();
            this.send();
          },
        },
      },
      this.completion.node,
      this.box,
      this.hint,
      el(
        "div",
        { class: "composer-foot" },
        this.tools(),
        el("span", { class: "composer-keys" }, "Enter sends · Shift+Enter new line"),
        this.button,
      ),
    );
    this.box.addEventListener("input", () => this.changed());
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.box.addEventListener("blur", () => setTimeout(() => this.completion.close(), 120));
    this.changed();
  }

  tools() {
    const tool = (name, label, run, extra = "") => {
      const node = el(
        "button",
        { type: "button", class: `tool ${extra}`, "aria-label": label, title: label },
        icon(name, 17),
      );
      node.addEventListener("pointerdown", (event) => event.preventDefault());
      node.addEventListener("click", () => run(node));
      return node;
    };
    return el(
      "div",
      { class: "composer-tools", role: "toolbar", "aria-label": "Writing" },
      this.inThread ? null : tool("plus", "Shortcuts", (node) => this.shortcuts(node)),
      STYLES.map(([name, label, mark]) => tool(name, label, () => this.wrap(mark), "wide-only")),
      el("span", { class: "rule wide-only" }),
      tool("smile", "Emoji", (node) => openPalette(node, (name) => this.insert(`:${name}: `))),
      tool("at", "Mention someone", () => this.insert("@")),
      this.inThread
        ? null
        : tool("slash", "Commands", () => {
            this.box.value = "/";
            this.insert("");
          }),
    );
  }

  shortcuts(anchor) {
    const global = (store.state.shortcuts ?? []).filter((shortcut) => shortcut.type !== "message");
    openMenu(
      anchor,
      global.map((shortcut) => ({
        label: shortcut.name ?? shortcut.callback_id,
        hint: shortcut.description,
        icon: icon("bolt", 16),
        testid: `shortcut-${shortcut.callback_id}`,
        run: () => deeds.useShortcut(shortcut, { channel: this.where().channel }),
      })),
      "Shortcuts",
    );
  }

  insert(text) {
    this.box.focus();
    const { selectionStart: from, selectionEnd: to, value } = this.box;
    const gap = text.startsWith("@") && from > 0 && !/\s/.test(value[from - 1]) ? " " : "";
    this.box.setRangeText(gap + text, from, to, "end");
    this.changed();
  }

  wrap(mark) {
    this.box.focus();
    const { selectionStart: from, selectionEnd: to, value } = this.box;
    this.box.setRangeText(mark + value.slice(from, to) + mark, from, to, "preserve");
    this.box.setSelectionRange(from + 1, to + 1);
    this.changed();
  }

  changed() {
    if (!GROWS_ALONE) this.grow();
    this.button.disabled = !this.box.value.trim();
    this.node?.classList.toggle("composer-filled", !this.button.disabled);
    this.completion.update();
    this.showUsage();
  }

  grow() {
    this.box.style.height = "auto";
    this.box.style.height = `${Math.min(this.box.scrollHeight, 220)}px`;
  }

  showUsage() {
    const typed = this.box.value.split(/\s/)[0];
    const found =
      this.inThread || this.completion.open ? null : store.state.commands.find((entry) => entry.command === typed);
    this.hint.hidden = !found?.usage_hint;
    if (found?.usage_hint)
      fill(this.hint, el("code", {}, `${found.command} ${found.usage_hint}`), ` ${found.description ?? ""}`);
  }

  key(event) {
    if (event.isComposing || this.completion.key(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    }
  }

  async send() {
    const text = this.box.value.trim();
    if (!text) return;
    const { channel, thread } = this.where();
    this.box.value = "";
    this.completion.close();
    this.changed();
    if (!(await deeds.send(channel, text, thread)) && !this.box.value) {
      this.box.value = text;
      this.changed();
    }
  }

  /** Another channel or thread came up: keep what was written there, bring back what was written here. */
  turnTo(key, label) {
    if (this.draftKey !== key) {
      if (this.draftKey) this.drafts.set(this.draftKey, this.box.value);
      this.draftKey = key;
      this.box.value = this.drafts.get(key) ?? "";
      this.completion.close();
    }
    this.box.placeholder = label;
    this.box.setAttribute("aria-label", label);
    this.changed();
  }
}
