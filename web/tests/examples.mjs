// Opens the example pages of docs/examples as a web site would serve them, beside the libraries of node_modules, against a running
// service on another port: node tests/examples.mjs URL. SHOTS=folder keeps pictures.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join, normalize } from "node:path";
import { launch } from "./browser.mjs";

const vigie = process.argv[2];
const site = new URL("../../docs/examples/", import.meta.url).pathname;
const libraries = new URL("../node_modules/", import.meta.url).pathname;
const folders = [["/leaflet/", join(libraries, "leaflet/dist/")], ["/ol/", join(libraries, "ol/")], ["/", site]];
const kinds = { html: "text/html; charset=utf-8", js: "text/javascript", css: "text/css", png: "image/png" };

const server = createServer(async (asked, answer) => {
  const path = normalize(new URL(asked.url, "http://site").pathname);
  const [prefix, folder] = folders.find(([prefix]) => path.startsWith(prefix));
  const body = await readFile(join(folder, path.slice(prefix.length))).catch(() => null);
  answer.writeHead(body ? 200 : 404, { "content-type": kinds[path.split(".").pop()] ?? "application/octet-stream" });
  answer.end(body);
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const here = `http://127.0.0.1:${server.address().port}`;
const hosts = [new URL(vigie).host, new URL(here).host];
const browser = await launch();

async function open(file, layer) {
  const page = await browser.newPage({ viewport: { width: 1000, height: 1100 } });
  const wrong = [];
  const asked = [];
  page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("request", (request) => {
    const to = new URL(request.url());
    asked.push(to);
    if (!["data:", "blob:"].includes(to.protocol) && !hosts.includes(to.host)) wrong.push(`asked ${to}`);
  });
  await page.goto(`${here}/${file}?vigie=${vigie}&layer=${layer}&period=2021-06`);
  await page.waitForFunction(() => document.documentElement.dataset.map || document.getElementById("said").textContent, undefined, { timeout: 60_000 });
  const said = await page.locator("#said").textContent();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.map), "ready", `${file}: ${said} ${wrong}`);
  assert.ok(asked.some((to) => to.host === hosts[0] && to.pathname.endsWith("/items")), "features come from the service, on another port");
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${file}-${layer}.png`, fullPage: true });
  return { page, wrong };
}

/** How many pixels of the map have each colour. */
async function colours(page) {
  const shot = await page.locator("#map").screenshot();
  return page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
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

let drawn = 0;
for (const [file, layer] of [
  ["leaflet.html", "risk-communes"], ["leaflet.html", "coverage-communes"], ["leaflet.html", "violations-cercles"],
  ["openlayers.html", "violations-cercles"], ["openlayers.html", "risk-communes"],
]) {
  const { page, wrong } = await open(file, layer);
  const legend = await (await fetch(`${vigie}/legend/${layer}?period=2021-06&lang=fr`)).json();
  const seen = await colours(page);
  for (const entry of legend.entries.filter((e) => e.kind === "class" && e.count > 0)) {
    assert.ok((seen[entry.colour] ?? 0) > 20, `${file} ${layer}: ${entry.id} ${entry.colour} is not drawn`);
    drawn += 1;
  }
  const lines = await page.locator("#legend li").count();
  assert.equal(lines, legend.entries.length, `${file}: a line an entry`);
  // No unit without a number is told as a number: its status is in the legend by its own words.
  const { features } = await (await fetch(`${vigie}/collections/${layer}/items?period=2021-06&limit=1000&lang=fr`)).json();
  const absent = features.filter(({ properties: p }) => (p.risk_score ?? p.value) === null);
  assert.ok(absent.length > 10, `${layer} has units without a number`);
  for (const { properties: p } of absent) assert.ok(legend.entries.some((e) => e.id === p.status && e.kind === "status"), `${layer}: ${p.status}`);
  // A click on the middle of the map tells a unit: its number, or the words of its absence.
  const box = await page.locator("#map").boundingBox();
  await page.mouse.click(box.x + box.width * 0.45, box.y + box.height * 0.75);
  const told = await page.locator(file.startsWith("leaflet") ? ".leaflet-popup-content" : "#told").innerText({ timeout: 10_000 });
  assert.match(told, /^.+ \(.+\)\u00a0: .+/, `${file} ${layer}: ${told}`);
  assert.ok(!/undefined|null|NaN/.test(told), told);
  // A click on ground that nobody covers, in the west, tells so, without a number.
  await page.mouse.click(box.x + box.width * (file.startsWith("leaflet") ? 0.32 : 0.25), box.y + box.height * (file.startsWith("leaflet") ? 0.72 : 0.75));
  const west = page.locator(file.startsWith("leaflet") ? ".leaflet-popup-content" : "#told", { hasText: "Non couverte" });
  const words = (await west.innerText({ timeout: 10_000 })).split("\u00a0: ")[1];
  assert.ok(!/\d/.test(words), `an absence told as a number: ${words}`);
  assert.deepEqual(wrong, [], `${file} ${layer}`);
  await page.close();
}
await browser.close();
server.close();
console.log(`5 example maps drawn, ${drawn} classes seen`);
