// The sandbox's control API: what the page reads, and what a person's deed becomes.

const ROOT = "/_sandbox";

async function answer(response) {
  const text = await response.text();
  let body = {};
  try {
    body = text ? JSON.parse(text) : {};
  } catch {
    throw new Error(`The sandbox answered ${response.status} without JSON`);
  }
  if (!response.ok) throw new Error(body.error ?? `The sandbox answered ${response.status}`);
  return body;
}

async function read(path, query = {}) {
  const filled = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const tail = filled.length ? `?${new URLSearchParams(filled)}` : "";
  return answer(await fetch(`${ROOT}${path}${tail}`, { cache: "no-store" }));
}

async function post(verb, body = {}) {
  return answer(
    await fetch(`${ROOT}/${verb}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    }),
  );
}

export const state = (as) => read("/state", { as });
export const messages = (channel, as, thread) =>
  read(`/channels/${encodeURIComponent(channel)}/messages`, { as, thread_ts: thread });
export const views = (user) => read(`/views/${encodeURIComponent(user)}`);
export const traffic = (since) => read("/traffic", { since });
export const checks = () => read("/checks");
export const events = (as) => new EventSource(`${ROOT}/events?as=${encodeURIComponent(as)}`);

export const command = (user, channel, text) => post("command", { user, channel, text });
export const message = (user, channel, text, thread) =>
  post("message", { user, channel, text, ...(thread ? { thread_ts: thread } : {}) });
export const click = (body) => post("click", body);
export const submit = (user, view, values) => post("submit", { user, view_id: view, values });
export const close = (user, view) => post("close", { user, view_id: view });
export const openHome = (user) => post("open_home", { user });
export const shortcut = (body) => post("shortcut", body);
export const react = (user, channel, ts, name) => post("react", { user, channel, ts, name });
export const fault = (body) => post("fault", body);
export const advance = (seconds) => post("advance_time", { seconds });
export const reset = () => post("reset");
