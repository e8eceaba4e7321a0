// Opens the embedded map of each layer in Chromium as a person would: node tests/embed.mjs URL LAYER…
// SHOTS=folder keeps pictures.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { axe, launch } from "./browser.mjs";

const [url, ...layers] = process.argv.slice(2);
const host = new URL(url).host;
const browser = await launch();

async function open(layer, { width = 1440, lang = "fr", colorScheme = "light", period = "2021-06" } = {}) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
  const page = await context.newPage();
  const errors = [];
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("request", (request) => {
    const asked = new URL(request.url());
    if (!["data:", "blob:"].includes(asked.protocol) && asked.host !== host) errors.push(`asked ${request.url()}`);
  });
  await page.goto(`${url}/embed?layer=${layer}&period=${period}&lang=${lang}`);
  await page.waitForFunction(() => document.documentElement.dataset.map, undefined, { timeout: 60_000 });
  assert.equal(await page.evaluate(() => document.documentElement.dataset.map), "ready", `${layer}: ${errors}`);
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${layer}-${width}-${lang}-${colorScheme}.png`, fullPage: true });
  return { page, errors };
}

/** How many pixels of the map have each colour, read from a picture of it. */
async function colours(page) {
  const shot = await page.locator("#map").screenshot();
  return page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext("2d");
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    const seen = {};
    for (let k = 0; k < data.length; k += 4) {
      const hex = "#" + [data[k], data[k + 1], data[k + 2]].map((n) => n.toString(16).padStart(2, "0")).join("").toUpperCase();
      seen[hex] = (seen[hex] ?? 0) + 1;
    }
    return seen;
  }, shot.toString("base64"));
}

for (const layer of layers) {
  const { page, errors } = await open(layer);
  const seen = await colours(page);
  const legend = await (await fetch(`${url}/legend/${layer}?period=2021-06`)).json();
  for (const entry of legend.entries.filter((e) => ["class", "status"].includes(e.kind))) {
    // What the legend counts is on the map; a circle or a unit of the country is more than 20 pixels.
    if (entry.count > 0) assert.ok((seen[entry.colour] ?? 0) > 20, `${layer}: ${entry.id} ${entry.colour} is not drawn`);
  }
  assert.deepEqual(errors, [], layer);
  await page.context().close();
}

// The style's address alone, on a page of another origin: MapLibre finds tiles, sprite, glyphs and places by itself.
const library = new URL("../node_modules/maplibre-gl/dist/", import.meta.url);
const plain = createServer(async (asked, answer) => {
  const file = asked.url.match(/^\/(maplibre-gl\.(?:js|css))$/)?.[1];
  if (file) return answer.writeHead(200, { "content-type": file.endsWith("js") ? "text/javascript" : "text/css" }).end(await readFile(new URL(file, library)));
  const style = new URL(asked.url, "http://site").searchParams.get("style");
  answer.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(`<!doctype html><meta charset="utf-8"><title>plain</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="maplibre-gl.css"><script src="maplibre-gl.js"></script><div id="map" style="height:700px"></div>
<script>const map = new maplibregl.Map({ container: "map", style: ${JSON.stringify(style)}, fadeDuration: 0 }); map.once("idle", () => (document.documentElement.dataset.map = "ready"));</script>`);
});
await new Promise((done) => plain.listen(0, "127.0.0.1", done));
const site = `http://127.0.0.1:${plain.address().port}`;
let classes = 0;
for (const layer of layers) {
  const page = await browser.newPage({ viewport: { width: 900, height: 720 } });
  const wrong = [];
  page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("request", (request) => {
    const to = new URL(request.url());
    if (!["data:", "blob:"].includes(to.protocol) && ![host, new URL(site).host].includes(to.host)) wrong.push(`asked ${to}`);
  });
  await page.goto(`${site}/?style=${encodeURIComponent(`${url}/styles/${layer}?period=2021-06&lang=fr`)}`);
  await page.waitForFunction(() => document.documentElement.dataset.map, undefined, { timeout: 60_000 });
  const seen = await colours(page);
  const legend = await (await fetch(`${url}/legend/${layer}?period=2021-06`)).json();
  for (const entry of legend.entries.filter((e) => ["class", "status"].includes(e.kind) && e.count > 0)) {
    assert.ok((seen[entry.colour] ?? 0) > 20, `plain ${layer}: ${entry.id} ${entry.colour} is not drawn`);
    classes += entry.kind === "class" ? 1 : 0;
  }
  // No class is drawn that no unit has.
  const had = new Set(legend.entries.filter((e) => e.count > 0).map((e) => e.colour));
  for (const entry of legend.entries.filter((e) => e.kind === "class" && e.count === 0 && !had.has(e.colour))) {
    assert.ok((seen[entry.colour] ?? 0) < 20, `plain ${layer}: ${entry.id} is drawn and no unit has it`);
  }
  assert.deepEqual(wrong, [], `plain ${layer}`);
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/plain-${layer}.png` });
  await page.close();
}
plain.close();
assert.ok(classes > 10, `${classes} classes seen`);

// By the keyboard alone: the unit's value, or the words of its absence, in a popup and said aloud.
const { page, errors } = await open("violations-cercles");
const { features } = await (await fetch(`${url}/collections/violations-cercles/items?period=2021-06&limit=1000`)).json();
await page.waitForFunction(() => document.getElementById("unit").options.length > 1);
await page.focus("#unit");
let absences = 0;
for (const { properties } of features) {
  await page.selectOption("#unit", { label: `${properties.name} (${properties.parent_name})` });
  const told = await page.locator(".maplibregl-popup-content").innerText();
  const said = await page.locator("#said").innerText();
  assert.ok(told.includes(properties.name) && said.includes(properties.name), told);
  const digits = told.replace(properties.name, "").replace(/\(.*\)/, "").replace(/\D/g, "");
  if (typeof properties.value === "number") assert.equal(digits, String(properties.value), told);
  else {
    absences += 1;
    assert.equal(digits, "", `an absence told as a number: ${told}`);
  }
}
assert.ok(absences > 0, "the layer has units without a value");
await page.focus("#period");
await Promise.all([page.waitForURL(/period=2021-05/), page.selectOption("#period", "2021-05")]);
assert.deepEqual(errors, []);
await page.context().close();

// Walked with the keyboard: every control has the focus in turn, where it can be seen; Escape ends the popup, also from inside it.
const grouped = { fr: /\d\u202f\d{3}/, en: /\d,\d{3}/ };
for (const [lang, width] of [["fr", 1440], ["en", 360], ["fr", 360], ["en", 1440]]) {
  const { page, errors } = await open("violations-regions", { width, lang });
  await page.waitForFunction(() => document.getElementById("unit").options.length > 1);
  const walked = [];
  for (let k = 0; k < 12; k += 1) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const { activeElement: on } = document;
      if (!on || on === document.body) return null;
      const box = on.getBoundingClientRect();
      const name = on.id || on.getAttribute("aria-label") || on.textContent;
      return { name, seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight, ring: on.matches(":focus-visible") };
    });
    if (!at) break;
    assert.ok(at.seen && at.ring, `${lang} ${width}: the focus on « ${at.name} » is not seen`);
    walked.push(at.name);
  }
  const zoom = lang === "fr" ? ["Agrandir", "Réduire"] : ["Zoom in", "Zoom out"];
  for (const stop of ["period", "unit", ...zoom, "GeoJSON"]) assert.ok(walked.includes(stop), `${lang} ${width}: ${stop} in ${walked}`);
  assert.ok(walked.some((name) => /^(Carte|Map)\. /.test(name)), `the map itself: ${walked}`);
  // The legend comes with every status and no number for a class beside its count.
  const legend = await page.locator(".legend").innerText();
  const cut = await page.evaluate(() => [...document.querySelectorAll(".legend svg circle")].filter((c) => Number(c.getAttribute("r")) * 2 > c.ownerSVGElement.viewBox.baseVal.width).length);
  assert.equal(cut, 0, "every circle of the legend is whole");
  for (const said of lang === "fr" ? ["Non couverte", "sans rapport", "(0)", "masquée"] : ["Not covered", "no report", "(0)", "withheld"]) assert.ok(legend.includes(said), `${said}: ${legend}`);
  await page.focus("#unit");
  const popup = page.locator(".maplibregl-popup-content");
  await page.keyboard.press("ArrowDown");
  await popup.waitFor();
  await page.keyboard.press("Escape");
  await popup.waitFor({ state: "detached" });
  assert.equal(await page.evaluate(() => document.activeElement?.id), "unit");
  await page.keyboard.press("ArrowDown");
  await popup.waitFor();
  const close = popup.locator("xpath=..").getByRole("button", { name: lang === "fr" ? "Fermer" : "Close" });
  await close.focus();
  await page.keyboard.press("Escape");
  await popup.waitFor({ state: "detached" });
  assert.equal(await page.evaluate(() => document.activeElement?.id), "unit", "the focus goes back to the list");
  // Nothing wider than the screen, no two parts over each other, nothing that axe finds: with a popup open too.
  await page.keyboard.press("ArrowDown");
  await popup.waitFor();
  await page.waitForTimeout(400);
  const laid = await page.evaluate(() => {
    const parts = ["header", "#map", "#said", ".legend", "footer"].map((s) => [s, document.querySelector(s).getBoundingClientRect()]);
    const over = parts.flatMap(([a, p], k) => parts.slice(k + 1).filter(([, q]) => p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 1 && q.top < p.bottom - 1).map(([b]) => `${a} ${b}`));
    const map = document.getElementById("map").getBoundingClientRect();
    const box = document.querySelector(".maplibregl-popup-content").getBoundingClientRect();
    const out = box.left < map.left - 1 || box.right > map.right + 1 || box.top < map.top - 1;
    return { over, out, wide: document.documentElement.scrollWidth };
  });
  assert.deepEqual([laid.over, laid.out], [[], false], `${lang} ${width}`);
  assert.ok(laid.wide <= width, `${laid.wide} pixels wide of ${width}`);
  assert.deepEqual(await axe(page), [], `${lang} ${width}`);
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/walk-${width}-${lang}.png`, fullPage: true });
  assert.deepEqual(errors, [], `${lang} ${width}`);
  await page.context().close();
}

// A number of four digits is grouped as its language does, in the popup and in the legend.
for (const lang of ["fr", "en"]) {
  const { page, errors } = await open("violations-regions", { lang, period: "2021-01/2021-06" });
  await page.waitForFunction(() => document.getElementById("unit").options.length > 1);
  const values = await (await fetch(`${url}/collections/violations-regions/items?period=2021-01/2021-06&limit=100`)).json();
  const most = values.features.map((f) => f.properties).reduce((a, b) => ((b.value ?? -1) > (a.value ?? -1) ? b : a));
  assert.ok(most.value >= 1000, `${most.value}`);
  await page.selectOption("#unit", { label: await page.evaluate((name) => [...document.getElementById("unit").options].find((o) => o.text.startsWith(name)).text, most.name) });
  assert.match(await page.locator(".maplibregl-popup-content").innerText(), grouped[lang]);
  assert.deepEqual(errors, []);
  await page.context().close();
}

// The code to copy shows the same map in a page of another origin.
{
  const { page } = await open("risk-communes");
  const snippet = await page.locator("#snippet").inputValue();
  await page.context().close();
  const outer = createServer((asked, answer) => answer.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(`<!doctype html><title>outer</title>${snippet}`));
  await new Promise((done) => outer.listen(0, "127.0.0.1", done));
  const around = await browser.newPage({ viewport: { width: 1000, height: 700 } });
  const wrong = [];
  around.on("console", (message) => message.type() === "error" && !/favicon/.test(message.location().url) && wrong.push(message.text()));
  await around.goto(`http://127.0.0.1:${outer.address().port}/`);
  const frame = around.frameLocator("iframe");
  await frame.locator("html[data-map=ready]").waitFor({ timeout: 60_000 });
  assert.match(await frame.locator("h1").innerText(), /juin 2021/);
  assert.ok((await around.locator("iframe").getAttribute("title")).includes("juin 2021"));
  assert.deepEqual(wrong, []);
  await around.close();
  outer.close();
}

// A telephone, in the dark, in English: nothing is wider than the screen.
const small = await open("risk-communes", { width: 320, lang: "en", colorScheme: "dark" });
const wide = await small.page.evaluate(() => document.documentElement.scrollWidth);
assert.ok(wide <= 320, `${wide} pixels wide`);
assert.deepEqual(small.errors, []);
await browser.close();
console.log(`${layers.length} layers drawn twice, ${features.length} popups read (${absences} absences)`);
