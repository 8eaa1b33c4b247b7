// Confirm dialogs and the short notes at the foot of the page.

import { el, fragment } from "./dom.js";
import { plainText, textObject } from "./mrkdwn.js";

/** Ask before a costly click; `confirm` is Slack's confirm object. Answers true or false. */
export function ask(confirm) {
  return new Promise((resolve) => {
    const dialog = el("dialog", {
      class: "confirm",
      role: "alertdialog",
      "aria-label": confirm.title?.text ?? "Are you sure?",
      data: { testid: "confirm" },
    });
    const finish = (answer) => {
      dialog.close();
      dialog.remove();
      resolve(answer);
    };
    const style = confirm.style === "danger" ? "danger" : "primary";
    dialog.append(
      fragment(
        el("h2", {}, plainText(confirm.title?.text ?? "Are you sure?")),
        el("div", { class: "confirm-text" }, textObject(confirm.text)),
        el(
          "div",
          { class: "dialog-foot" },
          el(
            "button",
            { type: "button", class: "button", data: { testid: "confirm-deny" }, on: { click: () => finish(false) } },
            plainText(confirm.deny?.text ?? "Cancel"),
          ),
          el(
            "button",
            {
              type: "button",
              class: `button ${style}`,
              data: { testid: "confirm-yes" },
              on: { click: () => finish(true) },
            },
            plainText(confirm.confirm?.text ?? "Yes"),
          ),
        ),
      ),
    );
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      finish(false);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** A short note that fades away by itself; `tone` is "plain" or "bad". */
export function toast(words, tone = "plain") {
  const shelf = document.querySelector(".toasts");
  const note = el(
    "div",
    { class: `toast toast-${tone}`, role: tone === "bad" ? "alert" : "status", data: { testid: "toast" } },
    words,
  );
  shelf.append(note);
  setTimeout(() => note.remove(), tone === "bad" ? 8000 : 3500);
}
