// Small helpers that build DOM nodes; data only ever enters as text or as checked attributes.

const SVG = "http://www.w3.org/2000/svg";

function apply(node, name, value) {
  if (value === undefined || value === null || value === false) return;
  if (name === "class") node.setAttribute("class", Array.isArray(value) ? value.filter(Boolean).join(" ") : value);
  else if (name === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
  else if (name === "data") for (const [key, entry] of Object.entries(value)) setData(node, key, entry);
  else if (name in node && typeof value !== "string") node[name] = value;
  else node.setAttribute(name, value === true ? "" : String(value));
}

function setData(node, key, value) {
  if (value !== undefined && value !== null) node.setAttribute(`data-${key}`, String(value));
}

function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

/** Build an element: `el("p", {class: "x", on: {click}}, "text", otherNode)`. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) apply(node, name, value);
  return append(node, children);
}

/** Build an SVG element; attributes are plain strings. */
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  return append(node, children);
}

/** Put new children into a node, dropping the old ones. */
export function fill(node, ...children) {
  node.replaceChildren();
  return append(node, children);
}

/** Like `fill`, but children that look the same stay: so do the focus and a click under way on them. */
export function refill(node, ...children) {
  const active = node.contains(document.activeElement) ? document.activeElement.closest("[data-testid]") : null;
  const fresh = [...append(document.createDocumentFragment(), children).childNodes];
  const old = [...node.childNodes];
  fresh.forEach((child, index) => {
    if (!old[index]) node.append(child);
    else if (!old[index].isEqualNode(child)) old[index].replaceWith(child);
  });
  for (const child of old.slice(fresh.length)) child.remove();
  if (active && !active.isConnected) byTest(active.dataset.testid, node)?.focus({ preventScroll: true });
  return node;
}

export function fragment(...children) {
  return append(document.createDocumentFragment(), children);
}

/** Find one node by its data-testid. */
export function byTest(name, root = document) {
  return root.querySelector(`[data-testid="${name}"]`);
}

/** A link target is followed only when its scheme is harmless. */
export function safeUrl(url) {
  try {
    const parsed = new URL(url, location.href);
    return ["http:", "https:", "mailto:", "tel:"].includes(parsed.protocol) ? parsed.href : null;
  } catch {
    return null;
  }
}

/** Run `task` once, `wait` milliseconds after the first of many calls. */
export function gather(task, wait) {
  let timer = null;
  return () => {
    timer ??= setTimeout(() => {
      timer = null;
      task();
    }, wait);
  };
}

/** Copy text, and say whether it worked. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
