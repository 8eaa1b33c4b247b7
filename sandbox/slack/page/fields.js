// Inputs of forms: each is drawn, and can tell its value in the shape of Slack's view state.

import { el } from "./dom.js";
import * as directory from "./directory.js";
import { textObject, words } from "./mrkdwn.js";

const plain = (object) => words(object?.text ?? object ?? "");

/** All options of a select, groups flattened. */
export function allOptions(element) {
  return element.options ?? (element.option_groups ?? []).flatMap((group) => group.options);
}

function textLike(type, tag, extra = {}) {
  return (element) => {
    const node = el(tag, {
      class: "field",
      placeholder: element.placeholder?.text ?? "",
      maxlength: element.max_length,
      minlength: element.min_length,
      min: element.min_value,
      max: element.max_value,
      ...extra,
      ...(element.multiline ? { rows: 5 } : {}),
    });
    node.value = element.initial_value ?? "";
    return {
      node,
      focus: node,
      read: () => ({ type, value: node.value || null }),
      write: (state) => {
        node.value = state.value ?? "";
      },
    };
  };
}

function dated(type, input, key, initial) {
  return (element) => {
    const node = el("input", { type: input, class: "field field-date" });
    node.value = element[initial] ?? "";
    return {
      node,
      focus: node,
      read: () => ({ type, [key]: node.value || null }),
      write: (state) => {
        node.value = state[key] ?? "";
      },
    };
  };
}

function moment(element) {
  const local = (epoch) =>
    new Date(epoch * 1000 - new Date(epoch * 1000).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  const node = el("input", { type: "datetime-local", class: "field field-date" });
  node.value = element.initial_date_time ? local(element.initial_date_time) : "";
  const read = () => ({
    type: "datetimepicker",
    selected_date_time: node.value ? Math.floor(new Date(node.value).getTime() / 1000) : null,
  });
  return {
    node,
    focus: node,
    read,
    write: (state) => {
      node.value = state.selected_date_time ? local(state.selected_date_time) : "";
    },
  };
}

function optionNodes(element) {
  const draw = (option) => el("option", { value: option.value }, plain(option.text));
  if (!element.option_groups) return (element.options ?? []).map(draw);
  return element.option_groups.map((group) => el("optgroup", { label: plain(group.label) }, group.options.map(draw)));
}

function selectBox(element, nodes, initial) {
  const hint = el("option", { value: "" }, element.placeholder?.text ?? "Choose…");
  const box = el("select", { class: ["field", "field-select"] }, hint, nodes);
  box.value = initial ?? "";
  return box;
}

function staticSelect(element) {
  const node = selectBox(element, optionNodes(element), element.initial_option?.value);
  const read = () => ({
    type: "static_select",
    selected_option: allOptions(element).find((option) => option.value === node.value) ?? null,
  });
  return {
    node,
    focus: node,
    read,
    write: (state) => {
      node.value = state.selected_option?.value ?? "";
    },
  };
}

function entitySelect(type, key, initial, list) {
  return (element) => {
    const node = selectBox(
      element,
      list().map(({ id, label }) => el("option", { value: id }, label)),
      element[initial],
    );
    return {
      node,
      focus: node,
      read: () => ({ type, [key]: node.value || null }),
      write: (state) => {
        node.value = state[key] ?? "";
      },
    };
  };
}

const people = () => directory.users().map((person) => ({ id: person.id, label: directory.nameOfUser(person.id) }));
const rooms = () =>
  directory
    .channels()
    .filter((room) => !room.is_im)
    .map((room) => ({ id: room.id, label: `#${room.name}` }));

let groups = 0;

/** Boxes to tick, or dots to choose from, with their descriptions. */
function choices(input, options, chosen) {
  groups += 1;
  const name = `choice-${groups}`;
  const inputs = options.map((option) =>
    el("input", { type: input, name, value: option.value, checked: chosen.includes(option.value) }),
  );
  const node = el(
    "div",
    { class: "choices", role: input === "radio" ? "radiogroup" : "group" },
    options.map((option, index) =>
      el(
        "label",
        { class: "choice" },
        inputs[index],
        el(
          "span",
          { class: "choice-words" },
          el("span", {}, textObject(option.text)),
          option.description ? el("small", {}, textObject(option.description)) : null,
        ),
      ),
    ),
  );
  const picked = () => options.filter((option, index) => inputs[index].checked);
  const write = (values) =>
    inputs.forEach((box) => {
      box.checked = values.includes(box.value);
    });
  return { node, focus: inputs[0], picked, write };
}

function radios(element) {
  const set = choices("radio", element.options, [element.initial_option?.value]);
  return {
    ...set,
    read: () => ({ type: "radio_buttons", selected_option: set.picked()[0] ?? null }),
    write: (state) => set.write([state.selected_option?.value]),
  };
}

function many(type, options, initial) {
  const set = choices(
    "checkbox",
    options,
    (initial ?? []).map((option) => option.value),
  );
  if (type !== "checkboxes") set.node.classList.add("choices-list");
  return {
    ...set,
    read: () => ({ type, selected_options: set.picked() }),
    write: (state) => set.write((state.selected_options ?? []).map((option) => option.value)),
  };
}

function manyIds(type, key, initial, list) {
  return (element) => {
    const options = list().map(({ id, label }) => ({ value: id, text: { type: "plain_text", text: label } }));
    const set = choices("checkbox", options, element[initial] ?? []);
    set.node.classList.add("choices-list");
    return {
      ...set,
      read: () => ({ type, [key]: set.picked().map((option) => option.value) }),
      write: (state) => set.write(state[key] ?? []),
    };
  };
}

const MAKERS = {
  plain_text_input: (element) =>
    textLike(
      "plain_text_input",
      element.multiline ? "textarea" : "input",
      element.multiline ? {} : { type: "text" },
    )(element),
  number_input: textLike("number_input", "input", { type: "number", step: "any" }),
  email_text_input: textLike("email_text_input", "input", { type: "email" }),
  url_text_input: textLike("url_text_input", "input", { type: "url" }),
  datepicker: dated("datepicker", "date", "selected_date", "initial_date"),
  timepicker: dated("timepicker", "time", "selected_time", "initial_time"),
  datetimepicker: moment,
  static_select: staticSelect,
  users_select: entitySelect("users_select", "selected_user", "initial_user", people),
  channels_select: entitySelect("channels_select", "selected_channel", "initial_channel", rooms),
  conversations_select: entitySelect("conversations_select", "selected_conversation", "initial_conversation", rooms),
  radio_buttons: radios,
  checkboxes: (element) => many("checkboxes", element.options, element.initial_options),
  multi_static_select: (element) => many("multi_static_select", allOptions(element), element.initial_options),
  multi_users_select: manyIds("multi_users_select", "selected_users", "initial_users", people),
  multi_channels_select: manyIds("multi_channels_select", "selected_channels", "initial_channels", rooms),
  multi_conversations_select: manyIds(
    "multi_conversations_select",
    "selected_conversations",
    "initial_conversations",
    rooms,
  ),
};

/** Draw a form element: `{node, focus, read, write}`, or null when we cannot. */
export function makeField(element) {
  return MAKERS[element.type]?.(element) ?? null;
}

/** Whether a state object holds nothing. */
export function isEmpty(state) {
  return Object.entries(state).every(
    ([key, value]) => key === "type" || value === null || value === "" || value?.length === 0,
  );
}
