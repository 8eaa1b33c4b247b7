// Who and what is in the workspace: names, colours and initials for ids.

const people = new Map();
const rooms = new Map();
const HUES = [168, 205, 262, 328, 18, 38, 92, 226, 290, 350];

/** Take over the people and channels of a fresh state. */
export function learn(state) {
  people.clear();
  rooms.clear();
  for (const user of state.users ?? []) people.set(user.id, user);
  for (const channel of state.channels ?? []) rooms.set(channel.id, channel);
}

export function user(id) {
  return people.get(id);
}

export function users() {
  return [...people.values()];
}

export function channel(id) {
  return rooms.get(id);
}

export function channels() {
  return [...rooms.values()];
}

/** The name people see. */
export function nameOfUser(id) {
  const found = people.get(id);
  return (
    found?.real_name || found?.profile?.real_name || found?.profile?.display_name || found?.name || id || "someone"
  );
}

/** The short name that is typed after an at sign. */
export function handleOf(id) {
  return people.get(id)?.name || id;
}

export function isBot(id) {
  return Boolean(people.get(id)?.is_bot);
}

/** The people one can act as: everybody who is not a bot. */
export function humans() {
  return users().filter((person) => !person.is_bot && !person.deleted);
}

/** The app under test. */
export function appUser() {
  return people.get("U0BRAIN") ?? users().find((person) => person.is_bot);
}

/** The direct message between a person and the app. */
export function directMessage(userId) {
  return channels().find((room) => room.is_im && (room.user ?? userId) === userId);
}

export function initials(name) {
  const words = String(name)
    .split(/[\s._-]+/)
    .filter(Boolean);
  const letters = words.length > 1 ? words[0][0] + words[1][0] : (words[0] ?? "?").slice(0, 2);
  return letters.toUpperCase();
}

/** A steady hue for an id, so that a person keeps one colour. */
export function hue(id) {
  let sum = 0;
  for (const letter of String(id)) sum = (sum * 31 + letter.codePointAt(0)) % 9973;
  return HUES[sum % HUES.length];
}

let myself = null;

/** Say who the page acts as, so that mentions of that person stand out. */
export function setMe(id) {
  myself = id;
}

export function isMe(id) {
  return id === myself;
}
