// The application page: choices change the page in place, every state has its address, and a dropped line is waited for.
import { address, ask, byId, h, say, settings, words } from "./common";
import type { Charts } from "./charts";
import type { MapView } from "./map";
import { tools } from "./tools";

let view: MapView | undefined;
let charts: Charts | undefined;
let under: AbortController | undefined;

/** The parts of the page that a choice changes; the map changes by itself. */
const PARTS = ["notices", "title", "choose", "figures", "maptitle", "legend", "panels"];

function fragmentOf(url: URL): string {
  const asked = new URL(url);
  asked.hash = "";
  asked.searchParams.set("fragment", "1");
  return asked.href;
}

/** Shows a state. Where there is no moving map the server draws the whole page anew. */
export async function go(url: URL, push = true): Promise<void> {
  if (!view) {
    if (push) location.assign(url);
    else location.reload();
    return;
  }
  under?.abort();
  under = new AbortController();
  const { signal } = under;
  let text: string;
  try {
    const answer = await ask(fragmentOf(url), { signal });
    text = await answer.text();
    if (!answer.ok) {
      say(JSON.parse(text).detail ?? answer.statusText);
      return;
    }
  } catch (error) {
    if (signal.aborted) return;
    throw error;
  }
  const fresh = new DOMParser().parseFromString(text, "text/html");
  const focused = document.activeElement?.id;
  const open = new Map([...document.querySelectorAll<HTMLDetailsElement>("#panels .panel details")].map((d) => [d.closest(".panel")?.id, d.open]));
  for (const id of PARTS) {
    const [old, now] = [byId(id), fresh.getElementById(id)];
    if (old && now) old.replaceWith(document.adoptNode(now));
  }
  const foot = fresh.querySelector("footer");
  const there = byId("foot");
  if (foot && there) there.replaceChildren(...foot.childNodes);
  for (const details of document.querySelectorAll<HTMLDetailsElement>("#panels .panel details")) {
    details.open = open.get(details.closest(".panel")?.id) ?? details.open;
  }
  Object.assign(settings, JSON.parse(fresh.getElementById("settings")?.textContent ?? "{}"));
  document.title = `${byId("title")?.textContent ?? ""} – Vigie`;
  if (push) history.pushState(null, "", url);
  const language = byId<HTMLAnchorElement>("lang");
  if (language) {
    const other = new URL(url);
    other.searchParams.set("lang", language.lang);
    language.href = other.href;
  }
  enhance();
  if (focused && document.activeElement === document.body) byId(focused)?.focus();
  shown.update();
  charts?.all();
  await view.show();
  document.documentElement.dataset.state = location.search;
}

/** The address of this state with some choices changed. */
export function state(changes: Record<string, string | null>): URL {
  const url = new URL(location.href);
  url.hash = "";
  for (const [name, value] of Object.entries(changes)) {
    if (value) url.searchParams.set(name, value);
    else url.searchParams.delete(name);
  }
  return url;
}

function enhance(): void {
  const form = byId<HTMLFormElement>("choose");
  const button = byId("show");
  if (button) button.hidden = true;
  form?.addEventListener("change", () => {
    const url = new URL(form.action);
    for (const [name, value] of new FormData(form)) if (typeof value === "string" && value) url.searchParams.set(name, value);
    const at = new URLSearchParams(location.search).get("at");
    if (at) url.searchParams.set("at", at);
    void go(url);
  });
}

// Links that only change the state: steps of months, filters.
document.addEventListener("click", (event) => {
  const link = (event.target as Element | null)?.closest?.("a");
  if (!link || !view || event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const url = new URL(link.href);
  if (!link.closest("#choose, #panels") || url.pathname !== location.pathname) return;
  event.preventDefault();
  void go(url).then(() => url.hash && byId(url.hash.slice(1))?.scrollIntoView());
});
addEventListener("popstate", () => void go(new URL(location.href), false));

enhance();
const shown = tools(go, state, () => view);

function webgl(): boolean {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("webgl2") ?? canvas.getContext("webgl");
  context?.getExtension("WEBGL_lose_context")?.loseContext();
  return context !== null;
}

/** A part of the program, asked for until the line lets it through. */
async function part<T>(load: () => Promise<T>): Promise<T> {
  for (let pause = 1000; ; pause = Math.min(pause * 2, 15_000)) {
    try {
      return await load();
    } catch {
      say(words.failed);
      await new Promise((done) => setTimeout(done, pause));
      // A module that failed is not asked for again by its name: the page is, as soon as the line is back.
      if ((await fetch(`${settings.base}/health/live`).catch(() => undefined))?.ok) location.reload();
    }
  }
}

async function start(): Promise<void> {
  document.documentElement.dataset.first = "ready";
  if (!settings.light) {
    if (webgl()) {
      say(words.map_loading);
      const at = `${settings.base}/web/`;
      document.head.append(h("link", { rel: "stylesheet", href: `${at}maplibre.css` }), h("link", { rel: "modulepreload", href: `${at}maplibre.js` }));
      // Asked for at once, so that a slow line waits for one answer and not for four in a row.
      for (const early of [`${at}maplibre-worker.js`, address(`/styles/${settings.layer}`, { f: "mapbox", period: settings.period })]) {
        void fetch(early).catch(() => undefined);
      }
      const { open } = await part(() => import("./map"));
      view = await open(state);
      shown.update();
      say(words.ready);
      document.documentElement.dataset.map = "ready";
    } else {
      say(words.no_webgl);
      document.documentElement.dataset.map = "none";
    }
  } else {
    document.documentElement.dataset.map = "light";
  }
  charts = (await part(() => import("./charts"))).charts();
  charts.all();
  document.documentElement.dataset.charts = "ready";
}
void start();
