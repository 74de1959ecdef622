// Makes a page that is whole without it nicer: the reader's own time, a quiet refresh, a search that
// answers while typing, a form that stays on the page, a chart that can be read step by step.
const $ = (path, root = document) => root.querySelector(path);
const all = (path, root = document) => [...root.querySelectorAll(path)];
const root = document.documentElement;
root.classList.add("on");

// --- Times: the reader's zone first, UTC beside it.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const format = (options) => new Intl.DateTimeFormat("en-GB", { hourCycle: "h23", ...options });
const hm = format({ hour: "2-digit", minute: "2-digit" });
const hms = format({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = format({ day: "numeric", month: "long" });
const here = (date) => date.getTimezoneOffset() === 0;

function local(within) {
  for (const when of all(".when:not([data-utc])", within)) {
    const times = all("time", when);
    const dates = times.map((time) => new Date(time.dateTime));
    if (dates.some((date) => isNaN(date)) || dates.every(here)) continue;
    const moved = (date) => date.getDate() !== date.getUTCDate();
    let utc = when.textContent;
    when.dataset.utc = utc;
    times.forEach((time, index) => {
      const date = dates[index];
      const named = time.textContent.includes(",") || (moved(date) && index === 0);
      time.textContent = (named ? day.format(date) + ", " : "") + (time.dataset.f === "s" ? hms : hm).format(date);
    });
    when.lastChild.textContent = " ";
    if (times.length === 1 && !moved(dates[0])) utc = utc.split(", ").at(-1);
    const small = document.createElement("span");
    small.className = "utc";
    small.textContent = `(${utc})`;
    when.append(small);
  }
}

// --- The chart, read step by step: by pointer, by touch, by the arrow keys.
function reader(within) {
  const plot = $(".plot", within);
  if (!plot || $("input", plot)) return;
  const split = (text) => text.split(",").map((part) => (part === "" ? null : Number(part)));
  const seen = split(plot.dataset.seen);
  const usual = split(plot.dataset.usual);
  const out = $(".axis output");
  const hair = document.createElement("i");
  hair.className = "hair";
  hair.hidden = true;
  const slider = Object.assign(document.createElement("input"), {
    type: "range", className: "read", min: 0, max: seen.length - 1, value: seen.length - 1,
  });
  slider.setAttribute("aria-label", "Read the chart step by step");
  plot.append(hair, slider);
  const count = (number) => Math.round(number).toLocaleString("en").replaceAll(",", "\u202f");
  const show = () => {
    const index = Number(slider.value);
    const from = new Date((Number(plot.dataset.start) + index * Number(plot.dataset.step)) * 1000);
    const utc = from.toISOString().slice(11, 16) + " UTC";
    const time = here(from) ? utc : `${hm.format(from)} (${utc})`;
    const number = seen[index] === null ? "we were blind" : `${count(seen[index])} report${seen[index] === 1 ? "" : "s"}`;
    out.textContent = `${time}: ${number}, usually ${usual[index] < 1 ? "fewer than one" : count(usual[index])}`;
    slider.setAttribute("aria-valuetext", out.textContent);
    hair.hidden = false;
    hair.style.left = `${(100 * (index + 0.5)) / seen.length}%`;
  };
  const hide = () => { hair.hidden = true; out.textContent = ""; };
  slider.addEventListener("input", show);
  slider.addEventListener("focus", show);
  slider.addEventListener("blur", hide);
  plot.addEventListener("pointermove", (move) => {
    const box = plot.getBoundingClientRect();
    slider.value = Math.floor(((move.clientX - box.left) / box.width) * seen.length);
    show();
  });
  plot.addEventListener("pointerleave", () => { if (document.activeElement !== slider) hide(); });
}

function zoned() {
  const now = new Date();
  const note = $("#zone");
  if (note && !here(now)) note.textContent = `Times are in your zone, ${zone}; UTC is in brackets. Charts are in UTC.`;
  const axis = $(".axis span");
  const plot = $(".plot");
  if (axis && plot) {
    const noon = new Date(Number(plot.dataset.start) * 1000);
    noon.setUTCHours(12, 0, 0);
    if (!here(noon)) axis.textContent = `Axis in UTC: 12:00 is ${hm.format(noon)} where you are.`;
  }
}

function enhance(within) { local(within); reader(within); zoned(); }

// --- Refresh: ask whether the page changed, replace only what did.
const every = Number(document.body.dataset.refresh) * 1000;
const regions = new Map(all("[data-live]").map((region) => [region.id, region.innerHTML]));
const pause = $("#pause");
let tag = "";
let wait = every;
let timer = 0;
let paused = false;
let said = $("[data-say]")?.dataset.say;

function replace(text) {
  const fresh = new DOMParser().parseFromString(text, "text/html");
  const style = "link[rel=stylesheet]";
  if ($(style, fresh)?.getAttribute("href") !== $(style).getAttribute("href") && !$(".yes[open]")) {
    location.reload(); // A new version is served, and nobody is writing.
    return;
  }
  for (const region of all("[data-live]", fresh)) {
    const old = document.getElementById(region.id);
    if (!old || regions.get(region.id) === region.innerHTML || old.contains(document.activeElement)) continue;
    regions.set(region.id, region.innerHTML);
    const open = all("details[open]", old).map((details) => details.id);
    old.replaceChildren(...region.childNodes);
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    enhance(old);
  }
  document.title = fresh.title;
  const say = $("[data-say]")?.dataset.say;
  if (say !== said) $("#say").textContent = said = say;
  filter();
}

async function refresh() {
  if (paused || document.hidden) return;
  try {
    const answer = await fetch(location.pathname + location.search, {
      headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store",
    });
    if (answer.status === 200) {
      tag = answer.headers.get("ETag") ?? "";
      replace(await answer.text());
    } else if (answer.status !== 304) throw new Error(String(answer.status));
    wait = every;
    $("#late")?.remove();
  } catch {
    wait = Math.min(wait * 2, 300_000);
    late();
  }
  plan();
}

function late() {
  if ($("#late") || !pause) return;
  const note = document.createElement("span");
  note.id = "late";
  note.textContent = "Cannot refresh now; trying again.";
  pause.after(note);
}

function plan() {
  clearTimeout(timer);
  if (every > 0 && !paused) timer = setTimeout(refresh, wait * (0.8 + 0.5 * Math.random()));
}

pause?.addEventListener("click", () => {
  paused = !paused;
  pause.setAttribute("aria-pressed", String(paused));
  pause.textContent = paused ? "Resume" : "Pause";
  if (!paused) refresh();
});
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });

// --- Search: what is typed narrows the list; the button asks the catalog, which knows all names.
const field = $("#q");
function filter() {
  if (!field) return;
  const wanted = field.value.trim().toLowerCase();
  const asked = field.dataset.asked ?? "";
  let left = 0;
  for (const group of all(".kind")) {
    let kept = 0;
    for (const item of all("li", group)) {
      item.hidden = wanted !== "" && !item.textContent.toLowerCase().includes(wanted);
      kept += item.hidden ? 0 : 1;
    }
    group.hidden = kept === 0;
    if (wanted !== asked) group.open = wanted !== "" && kept > 0;
    left += kept;
  }
  field.dataset.asked = wanted;
  $("#found").textContent = wanted === "" ? "" : left ? `${left} of the list below` : "None by that spelling; the button also knows other names.";
}
field?.addEventListener("input", filter);

// --- Report: sent without leaving the page.
for (const form of all(".ask form")) {
  form.addEventListener("submit", async (submit) => {
    submit.preventDefault();
    const body = new URLSearchParams(new FormData(form, submit.submitter));
    const answer = $(".answer");
    answer.classList.remove("bad");
    try {
      const reply = await fetch(form.action, { method: "POST", body, redirect: "manual" });
      if (reply.type === "opaqueredirect" || reply.ok) {
        form.reset();
        form.closest("details")?.removeAttribute("open");
        answer.textContent = $("#thanks").textContent;
      } else {
        const page = new DOMParser().parseFromString(await reply.text(), "text/html");
        answer.classList.add("bad");
        answer.textContent = $(".lede", page)?.textContent ?? "It could not be taken. Please try again.";
      }
    } catch {
      answer.classList.add("bad");
      answer.textContent = "It could not be sent: no connection. Please try again.";
    }
    answer.scrollIntoView({ block: "nearest" });
  });
}

enhance(document);
plan();
