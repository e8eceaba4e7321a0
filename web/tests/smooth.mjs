// How long the main thread is held while a map of very many alerts is moved: node tests/smooth.mjs URL
import { launch, open, ready } from "./browser.mjs";

const [url] = process.argv.slice(2);
const browser = await launch();
const { page, errors } = await open(browser, `${url}/app?theme=alerts&level=points&lang=fr`);
await ready(page, "charts");
await page.evaluate(() => {
  globalThis.held = [];
  new PerformanceObserver((list) => globalThis.held.push(...list.getEntries().map((e) => e.duration))).observe({ entryTypes: ["longtask"] });
});
const box = await page.locator("#maps canvas").first().boundingBox();
const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
for (let round = 0; round < 4; round++) {
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (let k = 1; k <= 40; k++) {
    await page.mouse.move(x + k * 5 * (round % 2 ? -1 : 1), y + k * 2);
    await page.waitForTimeout(16);
  }
  await page.mouse.up();
  await page.waitForTimeout(500);
}
const held = await page.evaluate(() => globalThis.held);
console.log(JSON.stringify({ long_tasks: held.length, longest_ms: Math.round(Math.max(0, ...held)), errors }));
await browser.close();
