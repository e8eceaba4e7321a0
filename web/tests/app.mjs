// Does a person's work in the application, in Chromium: node tests/app.mjs DEMO-URL REAL-URL FILE.csv
// SHOTS=folder keeps pictures.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { axe, digits, launch, open, ready, relay, shows } from "./browser.mjs";

const [demo, real, file] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "vigie-app-"));
const browser = await launch();
const get = async (path) => (await fetch(`${demo}${path}`)).json();
const shot = (page, name, fullPage = false) => process.env.SHOTS && page.screenshot({ path: `${process.env.SHOTS}/${name}.png`, fullPage });

async function download(page, act) {
  const [got] = await Promise.all([page.waitForEvent("download", { timeout: 60_000 }), act()]);
  const path = join(folder, got.suggestedFilename());
  await got.saveAs(path);
  return { name: got.suggestedFilename(), bytes: readFileSync(path) };
}
const cells = (page, panel, row) => page.locator(`#${panel} tr[data-id="${row}"] td`).allTextContents();
const clean = async (page, where) => assert.deepEqual(await axe(page), [], `axe, ${where}`);

if (!process.env.FROM) {
// 1. A coordinator, with the mouse, in French and in English.
for (const lang of ["fr", "en"]) {
  const { page, errors, close } = await open(browser, `${demo}/app?lang=${lang}`);
  await ready(page, "charts");
  await page.selectOption("#c-period", "2021-06");
  await shows(page, "period=2021-06").catch(() => assert.equal(page.url(), ""));
  await page.fill("#find", "mopt");
  await page.locator("#found li").first().waitFor();
  await page.locator("#found li").first().click();
  const card = page.locator(".maplibregl-popup .card");
  await card.locator(".spark").waitFor();
  assert.match(await card.innerText(), /Mopti/);
  assert.equal(digits((await card.locator(".big").innerText()).replace(/\(.*\)/, "")), "947", lang);
  assert.equal((await cells(page, "p-units", "ML05")).at(-1), "947");
  await page.selectOption("#c-level", "cercles");
  await shows(page, "level=cercles");
  assert.equal((await cells(page, "p-units", "ML0504")).at(-1), "644");
  await page.selectOption("#c-compare", "2021-05");
  await page.locator("#swipe").waitFor();
  await shows(page, "compare=2021-05");
  assert.deepEqual((await cells(page, "p-units", "ML0504")).slice(-2), ["644", "36"]);
  assert.ok((await page.locator(".side.now").innerText()).startsWith(lang === "fr" ? "mai" : "May"));
  await page.locator("#swipe").fill("20");
  assert.equal(await page.evaluate(() => document.getElementById("then").style.clipPath), "inset(0px 80% 0px 0px)");
  await shot(page, `compare-${lang}`);
  // The address holds the whole state: another browser shows the same.
  const again = await open(browser, page.url());
  await ready(again.page, "charts");
  await again.page.locator("#swipe").waitFor();
  assert.equal(await again.page.inputValue("#c-level"), "cercles");
  await again.close();
  // A filter on a region and on a category narrows what can be narrowed, and says so.
  await page.locator('#p-region_month tr[data-id="ML05"] a').click();
  await shows(page, "region=ML05");
  assert.equal((await cells(page, "p-victims", "total")).at(-2), "947");
  await page.locator('#p-category_month tr[data-id="E"] a').click();
  await shows(page, "category=E");
  const table = await get(`/trends?period=2021-06&region=ML05&category=E&by=place`);
  const total = table.tables[0].rows.find((r) => r.code === "total").cells[0].value;
  assert.equal(digits((await cells(page, "p-places", "total"))[0]), String(total));
  await page.locator(".chip").first().click();
  await page.waitForFunction(() => !location.search.includes("region="));
  // Each chart in three forms.
  const panel = page.locator("#p-category_month");
  await panel.locator(".gets").waitFor();
  const png = await download(page, () => panel.locator('[data-form="PNG"]').click());
  assert.equal(png.bytes.subarray(1, 4).toString(), "PNG");
  assert.ok(png.bytes.length > 10_000, `${png.bytes.length}`);
  const svg = (await download(page, () => panel.locator('[data-form="SVG"]').click())).bytes.toString();
  assert.ok(svg.startsWith("<svg") && !svg.includes("http://127"), svg.slice(0, 80));
  const csv = (await download(page, () => page.locator('#p-region_month [data-form="CSV"]').click())).bytes.toString();
  assert.ok(csv.startsWith("\uFEFF") && csv.split("\r\n").length > 6, csv);
  // The report: annex 3, and all of them.
  await page.locator("nav a").nth(1).click();
  await page.waitForURL(/\/app\/report/);
  await page.selectOption("#c-period", "2021-06");
  await page.click("#show");
  await page.waitForURL(/period=2021-06/);
  const image = page.locator("#annex-3 img");
  await image.scrollIntoViewIfNeeded();
  await page.waitForFunction(() => document.querySelector("#annex-3 img").naturalWidth > 600, undefined, { timeout: 60_000 });
  const annex = await download(page, () => page.locator('#annex-3 .files a[href*=".pdf"]').click());
  assert.equal(annex.bytes.subarray(0, 4).toString(), "%PDF");
  await shot(page, `report-${lang}`);
  await clean(page, `report ${lang}`);
  assert.deepEqual(errors, [], lang);
  await close();
}

// 2. Numbers of the 15 months: the screen, the interface and the published tables say the same; an absence is never a number.
const published = {
  "2020-01": 88, "2020-02": 144, "2020-03": 350, "2020-04": 332, "2020-05": 367, "2020-06": 493, "2020-07": 501, "2020-08": 402, "2020-09": 363,
  "2021-01": 326, "2021-02": 410, "2021-03": 412, "2021-04": 635, "2021-05": 560, "2021-06": 1237,
};
{
  const { page, errors, close } = await open(browser, `${demo}/app?period=2020-01&lang=fr&view=light`);
  for (const [month, total] of Object.entries(published)) {
    await page.goto(`${demo}/app?period=${month}&lang=fr&view=light`);
    const items = await get(`/collections/violations-regions/items?period=${month}&detail=overview`);
    assert.equal(items.total, total, month);
    assert.equal(digits(await page.locator("#fig-violations strong").innerText()), String(total), month);
    for (const { properties } of items.features) {
      const cell = page.locator(`#p-units tr[data-id="${properties.pcode}"] td`).last();
      const shown = digits(await cell.innerText());
      assert.equal(shown, properties.value === null ? "" : String(properties.value), `${properties.name}, ${month}`);
    }
    const absent = await page.locator("td[data-s]").allTextContents();
    assert.ok(absent.length > 0 && absent.every((t) => !/\d/.test(t)), `${month}: ${absent}`);
  }
  assert.deepEqual(errors, []);
  await close();
}

// 3. By the keyboard alone: search, months, filter; what has the focus is seen.
{
  const { page, errors, close } = await open(browser, `${demo}/app?period=2021-06&lang=fr`);
  await ready(page, "charts");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  const reach = async (id) => {
    for (let k = 0; k < 60; k++) {
      if ((await page.evaluate(() => document.activeElement.id)) === id) return;
      await page.keyboard.press("Tab");
    }
    assert.fail(`#${id} cannot be reached`);
  };
  await reach("c-level");
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.equal(outline, "solid", "focus is seen");
  await reach("find");
  await page.keyboard.type("menaka");
  await page.locator("#found li").first().waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => /Ménaka/.test(document.getElementById("said").textContent));
  assert.match(await page.locator(".card .big").innerText(), /\b2\b/);
  await reach("slider");
  await page.keyboard.press("ArrowLeft");
  await shows(page, "period=2021-05");
  assert.equal(digits(await page.locator("#fig-violations strong").innerText()), "560");
  await reach("play");
  await page.keyboard.press("Enter");
  await shows(page, "period=2021-06");
  assert.deepEqual(errors, []);
  await close();
}

}
// 4. axe on every page and in every guise; nothing wider than the screen at 320 pixels and at 200 % (1280 seen as 640).
for (const [path, what] of [["/app?period=2021-06", "map"], ["/app?period=2021-06&theme=risk&compare=2021-05", "map"], ["/app?period=2021-06&view=light&theme=alerts", "map"], ["/app/report?period=2021-06", ""], ["/app/import", "first"]]) {
  for (const [lang, width, colorScheme] of [["fr", 1440, "light"], ["en", 640, "dark"], ["fr", 320, "dark"]]) {
    const { page, errors, close } = await open(browser, `${real && path.includes("import") ? real : demo}${path}${path.includes("?") ? "&" : "?"}lang=${lang}`, { width, colorScheme });
    if (what) await ready(page, what === "map" ? "charts" : what);
    await clean(page, `${path} ${lang} ${width} ${colorScheme}`);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= width, `${path}: ${wide} pixels at ${width}`);
    await shot(page, `${path.replace(/\W+/g, "-")}-${width}-${colorScheme}`, true);
    assert.deepEqual(errors, [], path);
    await close();
  }
}

// 5. Without a script, and without WebGL: the same figures and the server's map.
{
  const bare = await open(browser, `${demo}/app?period=2021-06&lang=fr&level=cercles`, { javaScriptEnabled: false });
  assert.equal(await bare.page.locator("#still svg path").count() > 40, true);
  assert.equal(digits(await bare.page.locator("#fig-violations strong").innerText()), "1237");
  await bare.page.selectOption("#c-period", "2021-05");
  await bare.page.click("#show");
  assert.equal(digits(await bare.page.locator("#fig-violations strong").innerText()), "560");
  await bare.close();
  const flat = await launch(["--disable-3d-apis"]);
  const { page, errors, close } = await open(flat, `${demo}/app?period=2021-06&lang=fr`);
  await ready(page, "charts");
  assert.equal(await page.evaluate(() => document.documentElement.dataset.map), "none");
  assert.ok(await page.locator("#still svg").first().isVisible());
  await Promise.all([page.waitForURL(/2021-05/), page.selectOption("#c-period", "2021-05")]);
  assert.equal(digits(await page.locator("#fig-violations strong").innerText()), "560");
  assert.deepEqual(errors, []);
  await close();
  await flat.close();
}

// 6. The line drops and comes back: what was asked for comes by itself.
{
  const line = await relay(demo);
  const { page, close } = await open(browser, `${line.url}/app?period=2021-06&lang=fr`);
  await ready(page, "charts");
  line.cut(true);
  await page.selectOption("#c-period", "2021-04");
  await page.waitForFunction(() => /coupée/.test(document.getElementById("said").textContent), undefined, { timeout: 20_000 });
  line.cut(false);
  await shows(page, "period=2021-04");
  assert.equal(digits(await page.locator("#fig-violations strong").innerText()), "635");
  await close();
  line.close();
}

// 7. What it weighs: bytes as they go over the line, each part once.
{
  const line = await relay(demo);
  const { page, errors, close } = await open(browser, "about:blank");
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", { offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 50_000 });
  errors.length = 0;
  page.removeAllListeners("request");
  const began = Date.now();
  await page.goto(`${line.url}/app?period=2021-06&lang=fr`, { waitUntil: "commit" });
  await page.locator("#c-period").waitFor();
  await page.locator("#still svg").first().waitFor();
  await page.locator("#fig-violations strong").waitFor();
  const first = { ms: Date.now() - began, bytes: sum(line.seen), requests: line.seen.length };
  await ready(page, "map");
  const full = { ms: Date.now() - began, bytes: sum(line.seen.filter((s) => !s.url.includes(".mvt"))), requests: line.seen.filter((s) => !s.url.includes(".mvt")).length };
  console.log(`first view ${first.bytes} bytes, ${first.requests} requests, ${first.ms} ms; full map ${full.bytes} bytes without tiles, ${full.requests} requests, ${full.ms} ms at 400 kbit/s and 400 ms`);
  assert.ok(first.bytes <= 80_000, `first view ${first.bytes} bytes`);
  assert.ok(first.requests <= 4, `first view ${first.requests} requests`);
  assert.ok(full.bytes <= 350_000, `full map ${full.bytes} bytes: ${JSON.stringify(line.seen)}`);
  assert.ok(full.requests <= 20, `full map ${full.requests} requests`);
  // Times depend on the machine too: they are a benchmark, which fails where it is asked to.
  if (process.env.VIGIE_BUDGET) {
    assert.ok(first.ms <= 3000, `first view after ${first.ms} ms`);
    assert.ok(full.ms <= 10_000, `full map after ${full.ms} ms`);
  }
  assert.deepEqual(errors, []);
  await close();
  line.close();
}
function sum(seen) {
  return seen.reduce((all, s) => all + s.bytes, 0);
}

// 8. An officer imports a file with two bad rows, settles one, and takes the import back.
{
  const { page, errors, close } = await open(browser, `${real}/app/import?lang=fr`);
  await ready(page, "first");
  const before = await page.locator("#imports tbody tr").count();
  await page.selectOption("#i-theme", "incidents");
  await page.setInputFiles("#i-file", file);
  await page.click("#i-try");
  await page.locator("#understood").waitFor();
  await page.waitForFunction(() => /enregistré/.test(document.getElementById("said").textContent));
  const counts = await page.locator("#outcome .counts").innerText();
  assert.deepEqual(counts.match(/\d+/g).map(Number), [4, 3, 1, 1, 0], counts);
  assert.match(await page.locator("#outcome .wide").first().innerText(), /2021-06-31/);
  assert.equal(await page.locator("#imports tbody tr").count(), before, "nothing is stored yet");
  await clean(page, "import, understood");
  await shot(page, "import", true);
  await page.click("#i-store");
  await page.locator("#settle").waitFor();
  assert.equal(await page.locator("#imports tbody tr").count(), before + 1);
  const choice = page.locator("#review select").first();
  const offer = await choice.locator("option").nth(1).textContent();
  assert.match(offer, /Hairé/);
  await choice.selectOption({ index: 1 });
  await shot(page, "review", true);
  await clean(page, "import, review");
  await page.click("#settle");
  await page.waitForFunction(() => /réglées/.test(document.getElementById("said").textContent));
  assert.equal(await page.locator("#settle").count(), 0, "nothing waits any more");
  assert.equal(await page.locator("#imports tbody tr").count(), before + 2);
  // The latest batch stands first: the one that settled; then the import.
  for (const row of [0, 2]) {
    await page.locator("#imports tbody tr").nth(row).getByRole("button", { name: /Annuler/ }).click();
    await page.waitForFunction((n) => document.querySelectorAll("#imports tbody tr").length === n, before + 3 + row / 2);
  }
  assert.match(await page.locator("#imports").innerText(), /annulé par le lot/);
  assert.deepEqual(errors, []);
  await close();
}

// 9. The same work by the keyboard alone: compare two months, take a chart and annex 3, bring a file, settle, take it back.
{
  const reach = async (page, selector) => {
    for (let k = 0; k < 300; k++) {
      if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return;
      await page.keyboard.press("Tab");
    }
    assert.fail(`${selector} cannot be reached by the keyboard`);
  };
  const press = async (page, selector) => {
    await reach(page, selector);
    await page.keyboard.press("Enter");
  };
  const app = await open(browser, `${demo}/app?period=2021-06&lang=fr`);
  await ready(app.page, "charts");
  await reach(app.page, "#c-compare");
  await app.page.keyboard.type("mai 2021");
  await shows(app.page, "compare=2021-05");
  const csv = await download(app.page, () => press(app.page, '#p-region_month [data-form="CSV"]'));
  assert.ok(csv.bytes.toString().split("\r\n").length > 6);
  await app.page.goto(`${demo}/app/report?period=2021-06&lang=fr`);
  const annex = await download(app.page, () => press(app.page, '#annex-3 .files a[href*=".pdf"]'));
  assert.equal(annex.bytes.subarray(0, 4).toString(), "%PDF");
  assert.deepEqual(app.errors, []);
  await app.close();

  const { page, errors, close } = await open(browser, `${real}/app/import?lang=fr`);
  await ready(page, "first");
  const before = await page.locator("#imports tbody tr").count();
  await reach(page, "#i-theme");
  await page.keyboard.type("Incidents de protection");
  await reach(page, "#i-file");
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.keyboard.press("Space")]);
  await chooser.setFiles(file);
  await press(page, "#i-try");
  await page.locator("#understood").waitFor();
  await press(page, "#i-store");
  await page.locator("#settle").waitFor();
  await reach(page, "#review select");
  await page.keyboard.press("ArrowDown");
  await press(page, "#settle");
  await page.waitForFunction(() => /réglées/.test(document.getElementById("said").textContent));
  assert.equal(await page.locator("#imports tbody tr").count(), before + 2);
  for (const [row, count] of [[1, before + 3], [3, before + 4]]) {
    await press(page, `#imports tbody tr:nth-child(${row}) button[aria-label^="Annuler"]`);
    await page.waitForFunction((n) => document.querySelectorAll("#imports tbody tr").length === n, count);
  }
  assert.deepEqual(errors, []);
  await close();
}
await browser.close();
console.log("a person's work done in French and English, 15 months equal, axe clean");
