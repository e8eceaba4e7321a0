// The moving map: one month, or two behind a curtain; a card for each unit with its trend.
import type { Map as View, StyleSpecification } from "maplibre-gl";
import { address, ask, byId, h, number, say, settings, words } from "./common";
import maplibregl from "./maplibre";

type Properties = Record<string, string | number | boolean | null>;
type State = (changes: Record<string, string | null>) => URL;

export type MapView = { show: () => Promise<void>; find: (pcode: string, at: [number, number]) => Promise<void> };

const still = matchMedia("(prefers-reduced-motion: reduce)");
const quick = () => (still.matches ? { animate: false } : { duration: 500 });

export async function open(state: State): Promise<MapView> {
  maplibregl.setWorkerUrl(`${settings.base}/web/maplibre-worker.js`);
  const box = byId("maps");
  if (!box) throw new Error("no room for the map");
  const container = h("div", { class: "mapbox" });
  box.append(container);
  const [west, south, east, north] = settings.bounds;
  const given = new URLSearchParams(location.search).get("at")?.split(",").map(Number);
  const start = given?.length === 3 && given.every(Number.isFinite)
    ? { center: [given[0], given[1]] as [number, number], zoom: given[2] }
    : { bounds: [west, south, east, north] as [number, number, number, number], fitBoundsOptions: { padding: 16 } };
  const common = { attributionControl: false as const, dragRotate: false, pitchWithRotate: false, maxZoom: 14, fadeDuration: 0 };
  const spec = await style(settings.period);
  // The drawing stays until the map has what it draws.
  box.hidden = false;
  const map = new maplibregl.Map({ container, style: spec, ...start, ...common });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new maplibregl.NavigationControl({ showCompass: false }));
  map.addControl(new maplibregl.ScaleControl({}));
  map.getCanvas().setAttribute("aria-label", words.map_help);
  mend(map);

  let other: { map: View; parts: HTMLElement[] } | undefined;
  let popup: maplibregl.Popup | undefined;
  const card = async (at: maplibregl.LngLatLike, properties: Properties) => {
    popup?.remove();
    const told = tell(properties);
    popup = new maplibregl.Popup({ maxWidth: "20rem", focusAfterOpen: false }).setLngLat(at).setDOMContent(told).addTo(map);
    popup.getElement().querySelector("button")?.setAttribute("aria-label", words.close);
    say([...told.querySelectorAll("strong, p")].map((p) => p.textContent).join(" : "));
    const pcode = typeof properties.pcode === "string" ? properties.pcode : null;
    history.replaceState(null, "", state({ unit: pcode }));
    if (pcode && settings.level !== "points") await trend(told, pcode);
  };
  map.on("click", (event) => {
    const found = map.queryRenderedFeatures(event.point).find((f) => f.properties.name !== undefined || f.properties.alert_id !== undefined);
    if (found) void card(event.lngLat, found.properties as Properties);
  });
  map.on("moveend", () => {
    const { lng, lat } = map.getCenter();
    history.replaceState(null, "", state({ at: `${lng.toFixed(3)},${lat.toFixed(3)},${map.getZoom().toFixed(2)}` }));
  });

  const find = async (pcode: string, at: [number, number]) => {
    const level = { 1: 5, 2: 6.5, 3: 8 }[Math.max(1, (pcode.length - 2) / 2)] ?? 7;
    map.easeTo({ center: at, zoom: Math.max(map.getZoom(), level), ...quick() });
    const features = await places();
    const feature = features.find((f) => f.properties.pcode === pcode);
    if (feature) await card(feature.geometry.coordinates, feature.properties);
  };

  const compare = async () => {
    for (const part of other?.parts ?? []) part.remove();
    other?.map.remove();
    other = undefined;
    if (!settings.compare) return;
    const container = h("div", { class: "mapbox", id: "then" });
    const said = (month: string) => settings.months.find(([m]) => m === month)?.[1] ?? month;
    const now = h("p", { class: "side now" }, said(settings.compare));
    const then = h("p", { class: "side then" }, said(settings.period));
    const curtain = h("div", { id: "curtain" });
    const swipe = h("input", { type: "range", id: "swipe", min: "0", max: "100", value: "50", "aria-label": words.swipe });
    box.append(container, now, then, curtain, swipe);
    const second = new maplibregl.Map({
      container, style: await style(settings.compare), center: map.getCenter(), zoom: map.getZoom(), ...common, interactive: false,
    });
    second.getCanvas().setAttribute("aria-hidden", "true");
    second.getCanvas().tabIndex = -1;
    mend(second);
    const draw = () => {
      container.style.clipPath = `inset(0 ${100 - Number(swipe.value)}% 0 0)`;
      curtain.style.left = `${swipe.value}%`;
      swipe.setAttribute("aria-valuetext", `${swipe.value} %`);
    };
    // The older month lies above, cut at the curtain; what is clicked is always the map below.
    container.style.pointerEvents = "none";
    draw();
    swipe.addEventListener("input", draw);
    const follow = () => second.jumpTo({ center: map.getCenter(), zoom: map.getZoom() });
    map.on("move", follow);
    const current = { map: second, parts: [container, now, then, curtain, swipe] };
    second.once("remove", () => map.off("move", follow));
    other = current;
    await idle(second);
  };

  const show = async () => {
    popup?.remove();
    map.setStyle(await style(settings.period), { diff: true });
    await idle(map);
    await compare();
    const unit = new URLSearchParams(location.search).get("unit");
    if (unit) await reopen(unit);
    document.documentElement.dataset.map = "ready";
  };
  const reopen = async (unit: string) => {
    const feature = (await places()).find((f) => f.properties.pcode === unit);
    if (feature) await card(feature.geometry.coordinates, feature.properties);
  };
  await idle(map);
  byId("frame")?.classList.add("live");
  map.resize();
  if (!given) map.fitBounds([west, south, east, north], { padding: 16, animate: false });
  await compare();
  const unit = new URLSearchParams(location.search).get("unit");
  if (unit) await reopen(unit);
  new ResizeObserver(() => (map.resize(), other?.map.resize())).observe(box);
  Object.assign(window, { vigieMap: map });
  return { show, find };
}

/** Waits until all is drawn. A style that changes nothing would draw nothing: it is told to. */
function idle(map: View): Promise<void> {
  return new Promise((done) => {
    map.once("idle", () => done());
    map.triggerRepaint();
  });
}

/** The style of a month, with the outline of the zone chosen. */
async function style(period: string): Promise<StyleSpecification> {
  const answer = await ask(address(`/styles/${settings.layer}`, { f: "mapbox", period }));
  const spec: StyleSpecification = await answer.json();
  if (!settings.zone) return spec;
  const zones: StyleSpecification = await (await ask(address("/styles/zones", { f: "mapbox" }))).json();
  const outline = zones.layers.find((l) => l.type === "line");
  if (outline && zones.sources.vigie) {
    spec.sources.zones = zones.sources.vigie;
    spec.layers.push({ ...outline, id: "zone", source: "zones", filter: ["==", ["get", "zone_id"], settings.zone] } as typeof outline);
  }
  return spec;
}

type Feature = { geometry: { coordinates: [number, number] }; properties: Properties };
async function places(): Promise<Feature[]> {
  const answer = await ask(address(`/styles/${settings.layer}/places`, { period: settings.period }));
  return answer.ok ? (await answer.json()).features : [];
}

/** Where a part of the map did not come: says so, and draws anew as soon as the service answers again. */
function mend(map: View): void {
  let waiting = false;
  map.on("error", (event) => {
    const status = (event.error as { status?: number } | undefined)?.status;
    if (waiting || (status !== undefined && status > 0 && status < 500)) return;
    waiting = true;
    say(words.failed);
    const again = async () => {
      const answer = await fetch(`${settings.base}/health/live`, { cache: "no-store" }).catch(() => undefined);
      if (!answer?.ok) return void setTimeout(() => void again(), 2000);
      waiting = false;
      map.setStyle(map.getStyle(), { diff: false });
      map.once("idle", () => say(words.back));
    };
    setTimeout(() => void again(), 1000);
  });
}

/** Name, and value or the words of its absence: never 0 for an absence. */
function tell(p: Properties): HTMLElement {
  const box = h("div", { class: "card" }, h("strong", {}, [p.name ?? p.locality ?? p.alert_id, p.parent_name].filter(Boolean).join(" – ")));
  const status = String(p.status ?? "unknown");
  const value = p.risk_score ?? p.value;
  const counted = (status === "value" || status === "zero") && typeof value === "number";
  if (counted && settings.theme === "coverage") box.append(h("p", { class: "big" }, String(p.class_label ?? "")));
  else if (counted) {
    const label = p.class_label ? ` (${p.class_label})` : "";
    box.append(h("p", { class: "big" }, `${p.risk_score === undefined ? words.value : words.score}${settings.lang === "fr" ? "\u00a0" : ""}: ${number(value)}${label}`));
  } else if (p.status !== undefined) box.append(h("p", {}, settings.statuses[status] ?? settings.statuses.unknown ?? status));
  if (p.outside_coverage === true) box.append(h("p", {}, settings.statuses.not_covered ?? ""));
  if (typeof p.risk_text === "string") box.append(h("p", { class: "small" }, p.risk_text));
  for (const key of ["kinds", "date", "households"]) if (p[key] !== undefined && p[key] !== null) box.append(h("p", {}, String(p[key])));
  return box;
}

/** The line of the months so far, with gaps where there is no number. */
async function trend(box: HTMLElement, pcode: string): Promise<void> {
  if (settings.theme === "hotspots" || settings.theme === "coverage") return;
  const last = settings.months.findIndex(([m]) => m === settings.period);
  const months = settings.months.slice(Math.max(0, last - 8), last + 1);
  if (months.length < 2) return;
  const asked = address(`/collections/${settings.layer}-monthly/items`, {
    pcode, period: `${months[0][0]}/${months[months.length - 1][0]}`, properties: "period,status,value", f: "csv", limit: "20",
  });
  const answer = await ask(asked);
  if (!answer.ok) return;
  const [head, ...lines] = (await answer.text()).replace(/^\uFEFF/, "").trim().split(/\r?\n/).map((l) => l.split(","));
  const column = (name: string) => head.indexOf(name);
  const values = months.map(([month]) => {
    const line = lines.find((l) => l[column("period")] === month);
    const text = line?.[column("value")] ?? "";
    return text === "" ? null : Number(text);
  });
  const most = Math.max(1, ...values.map((v) => v ?? 0));
  const x = (k: number) => 4 + (k * 192) / Math.max(1, values.length - 1);
  const y = (v: number) => 36 - (v * 30) / most;
  let path = "";
  values.forEach((v, k) => {
    if (v !== null) path += `${path && values[k - 1] !== null && k > 0 ? "L" : "M"}${x(k).toFixed(1)} ${y(v).toFixed(1)}`;
  });
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const set = (element: Element, attributes: Record<string, string>) => Object.entries(attributes).forEach(([k, v]) => element.setAttribute(k, v));
  const said = months.map(([, name], k) => `${name} ${values[k] === null ? "–" : number(values[k] as number)}`).join(", ");
  set(svg, { viewBox: "0 0 200 40", width: "200", height: "40", role: "img", "aria-label": `${words.trend} : ${said}`, class: "spark" });
  const line = document.createElementNS(space, "path");
  set(line, { d: path, fill: "none", stroke: "#0b4a8f", "stroke-width": "2" });
  svg.append(line);
  values.forEach((v, k) => {
    if (v === null) return;
    const dot = document.createElementNS(space, "circle");
    set(dot, { cx: x(k).toFixed(1), cy: y(v).toFixed(1), r: k === values.length - 1 ? "3.5" : "1.8", fill: "#0b4a8f" });
    svg.append(dot);
  });
  box.append(svg, h("p", { class: "small" }, `${months[0][1]} – ${months[months.length - 1][1]}`));
}
