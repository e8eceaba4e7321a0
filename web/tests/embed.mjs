// Opens the embedded map of each layer in Chromium as a person would: node tests/embed.mjs URL LAYER…
// SHOTS=folder keeps pictures.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const [url, ...layers] = process.argv.slice(2);
const host = new URL(url).host;
const args = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
];
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", headless: true, args });

async function open(layer, { width = 1200, lang = "fr", colorScheme = "light" } = {}) {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  const errors = [];
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("request", (request) => {
    const asked = new URL(request.url());
    if (!["data:", "blob:"].includes(asked.protocol) && asked.host !== host) errors.push(`asked ${request.url()}`);
  });
  await page.goto(`${url}/embed?layer=${layer}&period=2021-06&lang=${lang}`);
  await page.waitForFunction(() => document.documentElement.dataset.map, undefined, { timeout: 60_000 });
  assert.equal(await page.evaluate(() => document.documentElement.dataset.map), "ready", `${layer}: ${errors}`);
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${layer}-${width}-${lang}-${colorScheme}.png`, fullPage: true });
  return { page, errors };
}

/** The share of the map's pixels of each colour, read from a picture of it. */
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
  await page.close();
}

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
await page.close();

// A telephone, in the dark, in English: nothing is wider than the screen.
const small = await open("risk-communes", { width: 320, lang: "en", colorScheme: "dark" });
const wide = await small.page.evaluate(() => document.documentElement.scrollWidth);
assert.ok(wide <= 320, `${wide} pixels wide`);
assert.deepEqual(small.errors, []);
await browser.close();
console.log(`${layers.length} layers drawn, ${features.length} popups read (${absences} absences)`);
