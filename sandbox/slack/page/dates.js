// Times as the reader's own zone shows them, and Slack's <!date^...> tokens.

const DAY = 86_400_000;
const twelve = new Intl.DateTimeFormat([], { hour: "numeric" }).resolvedOptions().hour12;
const hours = { hour: twelve ? "numeric" : "2-digit", minute: "2-digit" };
const toMinutes = new Intl.DateTimeFormat([], hours);
const toSeconds = new Intl.DateTimeFormat([], { ...hours, second: "2-digit" });
let skew = 0; // milliseconds the sandbox's clock runs ahead of this browser's

/** Take over the sandbox's clock: epoch seconds or an ISO text. */
export function setServerNow(now) {
  const millis = typeof now === "number" ? now * 1000 : Date.parse(now);
  if (Number.isFinite(millis)) skew = millis - Date.now();
}

export function now() {
  return new Date(Date.now() + skew);
}

/** The date of a Slack timestamp such as "1760000000.000100". */
export function fromTs(ts) {
  return new Date(Number.parseFloat(ts) * 1000);
}

function startOfDay(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate());
}

function daysAgo(date) {
  return Math.round((startOfDay(now()) - startOfDay(date)) / DAY);
}

function ordinal(day) {
  const tens = day % 100;
  if (tens >= 11 && tens <= 13) return `${day}th`;
  return `${day}${["th", "st", "nd", "rd"][day % 10] ?? "th"}`;
}

const named = (date, month) => date.toLocaleDateString("en-GB", { month });
const weekday = (date) => date.toLocaleDateString("en-GB", { weekday: "long" });

function short(date) {
  return `${named(date, "short")} ${date.getDate()}, ${date.getFullYear()}`;
}

function medium(date) {
  const year = date.getFullYear() === now().getFullYear() ? "" : `, ${date.getFullYear()}`;
  return `${named(date, "long")} ${ordinal(date.getDate())}${year}`;
}

function long(date) {
  return `${weekday(date)}, ${named(date, "long")} ${ordinal(date.getDate())}, ${date.getFullYear()}`;
}

export function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Hours and minutes in the reader's zone, in the reader's own habit of 12 or 24 hours. */
export function clock(date, seconds = false) {
  return (seconds ? toSeconds : toMinutes).format(date);
}

function pretty(date, otherwise) {
  return { 0: "today", 1: "yesterday", "-1": "tomorrow" }[daysAgo(date)] ?? otherwise(date);
}

function ago(date) {
  const seconds = Math.round((now() - date) / 1000);
  const [count, unit] = [
    [86_400, "day"],
    [3600, "hour"],
    [60, "minute"],
  ]
    .map(([size, name]) => [Math.floor(Math.abs(seconds) / size), name])
    .find(([amount]) => amount > 0) ?? [Math.abs(seconds), "second"];
  const words = `${count} ${unit}${count === 1 ? "" : "s"}`;
  return seconds < 0 ? `in ${words}` : `${words} ago`;
}

const TOKENS = {
  date_num: (date) => date.toLocaleDateString("en-CA"),
  date_slash: (date) => date.toLocaleDateString("en-GB"),
  date: medium,
  date_short: short,
  date_long: long,
  date_pretty: (date) => pretty(date, medium),
  date_short_pretty: (date) => pretty(date, short),
  date_long_pretty: (date) => pretty(date, long),
  day_divider_pretty: (date) => pretty(date, long),
  time: (date) => clock(date),
  time_secs: (date) => clock(date, true),
  ago,
};

/** Fill a Slack date format such as "{date_short_pretty} at {time}". */
export function slackDate(epoch, format) {
  const date = new Date(Number(epoch) * 1000);
  if (Number.isNaN(date.getTime())) return null;
  return format.replace(/\{(\w+)\}/g, (whole, token) => TOKENS[token]?.(date) ?? whole);
}

/** The words on a day divider: Today, Yesterday, or the day itself. */
export function dayLabel(ts) {
  const date = fromTs(ts);
  const words = { 0: "Today", 1: "Yesterday" }[daysAgo(date)];
  if (words) return words;
  const year = date.getFullYear() === now().getFullYear() ? undefined : "numeric";
  return date.toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long", year });
}

export function sameDay(one, other) {
  return startOfDay(fromTs(one)).getTime() === startOfDay(fromTs(other)).getTime();
}

/** Day and time of a timestamp, for hover texts and reply summaries. */
export function fullTime(ts) {
  const date = fromTs(ts);
  const day = pretty(date, (other) =>
    other.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" }),
  );
  return `${capital(day)} at ${clock(date, true)}`;
}

/** "today at 09:14", for the line under a message with replies. */
export function replyTime(ts) {
  const date = fromTs(ts);
  return `${pretty(date, (other) => other.toLocaleDateString("en-GB", { day: "numeric", month: "short" }))} at ${clock(date)}`;
}
