// Above the map: search of places, months by slider and play, copy and print.
import { address, ask, byId, h, number, plain, say, settings, words } from "./common";
import type { MapView } from "./map";

type Go = (url: URL, push?: boolean) => Promise<void>;
type State = (changes: Record<string, string | null>) => URL;
type Place = { name: string; above: string; level: string; pcode: string; at: [number, number] };

const LEVELS = ["regions", "cercles", "communes"];

export function tools(go: Go, state: State, view: () => MapView | undefined): { update: () => void } {
  const bar = byId("tools");
  if (!bar) return { update: () => undefined };
  const slider = h("input", { type: "range", id: "slider", min: "0", step: "1" });
  const play = h("button", { type: "button", id: "play", "aria-pressed": "false" }, words.play);
  const months = h("label", { class: "months" }, words.slider, slider);
  const copy = h("button", { type: "button", id: "copy" }, words.copy);
  const print = h("button", { type: "button", id: "print" }, words.print);
  bar.append(find(go, state, view), months, play, copy, print);

  let timer: number | undefined;
  const position = () => settings.months.findIndex(([month]) => month === settings.period);
  const show = (k: number) => {
    const month = settings.months[k]?.[0];
    return month && month !== settings.period ? go(state({ period: month })) : Promise.resolve();
  };
  slider.addEventListener("input", () => slider.setAttribute("aria-valuetext", settings.months[Number(slider.value)]?.[1] ?? ""));
  slider.addEventListener("change", () => void show(Number(slider.value)));
  const stop = () => {
    clearTimeout(timer);
    timer = undefined;
    play.textContent = words.play;
    play.setAttribute("aria-pressed", "false");
  };
  const step = async () => {
    const next = position() + 1;
    if (next >= settings.months.length) return stop();
    await show(next);
    if (timer !== undefined) timer = window.setTimeout(() => void step(), 1200);
  };
  play.addEventListener("click", () => {
    if (timer !== undefined) return stop();
    play.textContent = words.pause;
    play.setAttribute("aria-pressed", "true");
    timer = window.setTimeout(() => void step(), 0);
    // From the last month it starts again at the first.
    if (position() === settings.months.length - 1) void show(0);
  });
  copy.addEventListener("click", () => {
    const source = address("/embed", { layer: settings.layer, period: settings.period });
    const quoted = source.replaceAll("&", "&amp;");
    const code = `<iframe src="${quoted}" title="${settings.title}" width="100%" height="640" loading="lazy"></iframe>`;
    void navigator.clipboard?.writeText(code).then(() => say(words.copied));
  });
  copy.hidden = !navigator.clipboard;
  print.addEventListener("click", () => window.print());

  const update = () => {
    const moving = view() !== undefined && settings.months.length > 1;
    months.hidden = play.hidden = !moving;
    slider.max = String(settings.months.length - 1);
    slider.value = String(position());
    slider.setAttribute("aria-valuetext", settings.months[position()]?.[1] ?? settings.period);
  };
  update();
  return { update };
}

/** A box with suggestions: the names of all units, accents optional. */
function find(go: Go, state: State, view: () => MapView | undefined): HTMLElement {
  const input = h("input", {
    id: "find", type: "text", role: "combobox", autocomplete: "off", spellcheck: "false",
    "aria-expanded": "false", "aria-controls": "found", "aria-autocomplete": "list",
  });
  const list = h("ul", { id: "found", role: "listbox", "aria-label": words.search });
  list.hidden = true;
  let places: Promise<Place[]> | undefined;
  let shown: Place[] = [];
  let at = -1;

  const load = () => {
    places ??= Promise.all(LEVELS.map(level)).then((all) => all.flat());
    return places;
  };
  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    at = -1;
  };
  const mark = (k: number) => {
    at = k;
    [...list.children].forEach((item, n) => item.setAttribute("aria-selected", String(n === k)));
    if (k >= 0) {
      input.setAttribute("aria-activedescendant", `found-${k}`);
      list.children[k]?.scrollIntoView({ block: "nearest" });
    }
  };
  const take = async (place: Place) => {
    close();
    input.value = place.name;
    const map = view();
    const reachable = byId<HTMLSelectElement>("c-level");
    const offered = [...(reachable?.options ?? [])].some((o) => o.value === place.level);
    const level = offered ? place.level : settings.level;
    const changes = { level, unit: place.pcode, at: null };
    if (map) {
      if (level !== settings.level) await go(state(changes));
      else history.pushState(null, "", state(changes));
      await map.find(place.pcode, place.at);
    } else {
      location.assign(state(changes));
    }
  };
  input.addEventListener("focus", () => void load());
  input.addEventListener("input", () => void load().then((all) => {
    const wanted = plain(input.value.trim());
    if (!wanted) return close();
    const begins = all.filter((p) => plain(p.name).startsWith(wanted));
    const holds = all.filter((p) => !plain(p.name).startsWith(wanted) && plain(p.name).includes(wanted));
    shown = [...begins, ...holds].slice(0, 12);
    list.replaceChildren(...shown.map((p, k) => {
      const level = byId<HTMLSelectElement>("c-level");
      const kind = [...(level?.options ?? [])].find((o) => o.value === p.level)?.text ?? p.level;
      const item = h("li", { role: "option", id: `found-${k}`, "aria-selected": "false" }, `${p.name} (${[kind, p.above].filter(Boolean).join(", ")})`);
      item.addEventListener("mousedown", (event) => (event.preventDefault(), void take(p)));
      return item;
    }));
    list.hidden = shown.length === 0;
    input.setAttribute("aria-expanded", String(shown.length > 0));
    say(shown.length ? `${number(shown.length)} ${words.found}` : words.none);
    at = -1;
  }));
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (shown.length) mark((at + (event.key === "ArrowDown" ? 1 : -1) + shown.length) % shown.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      const place = shown[Math.max(at, 0)];
      if (place && !list.hidden) void take(place);
    } else if (event.key === "Escape") close();
  });
  input.addEventListener("blur", close);
  const label = h("label", { for: "find" }, words.search);
  return h("div", { class: "find" }, label, input, list);
}

async function level(level: string): Promise<Place[]> {
  const answer = await ask(address(`/styles/${level}/places`));
  if (!answer.ok) return [];
  const { features } = await answer.json();
  return features.map((f: { properties: Record<string, string | null>; geometry: { coordinates: [number, number] } }) => ({
    name: f.properties.name ?? "", above: f.properties.parent_name ?? "", level, pcode: f.properties.pcode ?? "", at: f.geometry.coordinates,
  }));
}
