// The map of one layer and period. All words come from the page: this file holds no text of its own.
import maplibregl from "./maplibre";

type Words = Record<"value" | "noWebgl" | "failed" | "copied" | "map" | "close" | "zoomIn" | "zoomOut" | "together", string>;
type Settings = {
  lang: string;
  style: string;
  places: string;
  bounds: [number, number, number, number];
  words: Words;
  /** The words of each status that has no number. */
  statuses: Record<string, string>;
  /** The words of each category of points. */
  categories: Record<string, string>;
  points: boolean;
};
type Properties = Record<string, string | number | boolean | null>;
type Place = { geometry: { coordinates: [number, number] }; properties: Properties };

const settings: Settings = JSON.parse(document.getElementById("settings")?.textContent ?? "{}");
const { words } = settings;
const number = new Intl.NumberFormat(settings.lang === "fr" ? "fr-FR" : "en-GB");
const say = (text: string) => {
  const line = document.getElementById("said");
  if (line) line.textContent = text;
};

/** Name, and value or the words of its absence: never 0 for an absence. */
function told(properties: Properties): HTMLElement {
  const box = document.createElement("div");
  const name = document.createElement("strong");
  name.textContent = [properties.name ?? properties.date, properties.parent_name].filter(Boolean).join(" – ");
  const line = document.createElement("p");
  const status = String(properties.status ?? "unknown");
  const value = properties.value ?? properties.risk_score;
  if ((status === "value" || status === "zero") && typeof value === "number") {
    const label = properties.class_label ? ` (${properties.class_label})` : "";
    line.textContent = `${words.value} ${number.format(value)}${label}`;
  } else if (properties.status !== undefined || value !== undefined) {
    line.textContent = settings.statuses[status] ?? settings.statuses.unknown ?? "";
  } else if (typeof properties.point_count === "number" && properties.point_count > 1) {
    line.textContent = `${number.format(properties.point_count)} ${words.together}`;
  } else {
    const codes = String(properties.kinds ?? properties.category ?? "").split("|").filter(Boolean);
    line.textContent = codes.map((code) => settings.categories[code] ?? code).join(", ");
  }
  box.append(name, line);
  return box;
}

async function start(): Promise<void> {
  maplibregl.setWorkerUrl(new URL("/web/maplibre-worker.js", location.href).href);
  const [west, south, east, north] = settings.bounds;
  const map = new maplibregl.Map({
    container: "map",
    style: settings.style,
    bounds: [west, south, east, north],
    fitBoundsOptions: { padding: 12 },
    // The page itself names sources and licence, below the map.
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    maxZoom: 14,
    cooperativeGestures: false,
    locale: { "NavigationControl.ZoomIn": words.zoomIn, "NavigationControl.ZoomOut": words.zoomOut, "Popup.Close": words.close, "Map.Title": words.map },
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new maplibregl.NavigationControl({ showCompass: false }));
  map.getCanvas().setAttribute("aria-label", words.map);
  map.once("idle", () => document.documentElement.setAttribute("data-map", "ready"));
  map.on("error", () => say(words.failed));

  let popup: maplibregl.Popup | undefined;
  const show = (at: maplibregl.LngLatLike, properties: Properties) => {
    popup?.remove();
    popup = new maplibregl.Popup({ maxWidth: "260px", focusAfterOpen: false })
      .setLngLat(at)
      .setDOMContent(told(properties))
      .addTo(map);
  };
  const list = document.getElementById("unit") as HTMLSelectElement | null;
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !popup?.isOpen()) return;
    // Where the popup had the focus, it goes back to where the popup came from.
    const held = popup.getElement().contains(document.activeElement);
    popup.remove();
    if (held) (settings.points ? map.getCanvas() : list)?.focus();
  });
  map.on("click", (event) => {
    const found = map.queryRenderedFeatures(event.point).find((feature) => feature.properties.name !== undefined || feature.layer.id === "points");
    if (found) show(event.lngLat, found.properties as Properties);
  });

  if (settings.points) return;
  // The same popups without a mouse: a list of the units.
  const answer = await fetch(settings.places);
  if (!answer.ok) {
    say(words.failed);
    return;
  }
  const places: Place[] = (await answer.json()).features;
  const name = (place: Place) => String(place.properties.name ?? "");
  places.sort((a, b) => name(a).localeCompare(name(b), settings.lang));
  for (const [k, place] of places.entries()) {
    const parent = place.properties.parent_name;
    list?.add(new Option(parent ? `${name(place)} (${parent})` : name(place), String(k)));
  }
  list?.addEventListener("change", () => {
    const place = places[Number(list.value)];
    if (list.value === "" || !place) return;
    map.easeTo({ center: place.geometry.coordinates, animate: !matchMedia("(prefers-reduced-motion: reduce)").matches });
    show(place.geometry.coordinates, place.properties);
    const box = told(place.properties);
    say([...box.childNodes].map((node) => node.textContent).join(settings.lang === "fr" ? "\u00a0: " : ": "));
  });
  const unit = document.getElementById("unit-field");
  if (unit) unit.hidden = places.length === 0;
}

// A month is shown as soon as it is chosen; without this script a button does it.
document.getElementById("period")?.addEventListener("change", (event) => {
  (event.target as HTMLSelectElement).form?.requestSubmit();
});
const go = document.getElementById("go");
if (go) go.hidden = true;
const snippet = document.getElementById("snippet") as HTMLTextAreaElement | null;
const copy = document.getElementById("copy");
if (copy && navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener("click", () => {
    void navigator.clipboard.writeText(snippet?.value ?? "").then(() => say(words.copied));
  });
}
start().catch(() => {
  document.documentElement.setAttribute("data-map", "none");
  say(words.noWebgl);
});
