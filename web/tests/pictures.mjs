// Makes the pictures of the README: node tests/pictures.mjs URL FOLDER
import { launch, open, ready } from "./browser.mjs";

const [url, folder] = process.argv.slice(2);
const browser = await launch();
const pictures = {
  app: ["/app?period=2021-06&level=cercles&compare=2021-05&unit=ML0504&zone=ALG&lang=fr", {}],
  "app-dark": ["/app?period=2021-06&theme=risk&lang=fr", { colorScheme: "dark" }],
};
for (const [name, [path, options]] of Object.entries(pictures)) {
  const { page, errors, close } = await open(browser, `${url}${path}`, { width: 1280, height: 1320, ...options });
  await ready(page, "charts");
  if (path.includes("unit=")) await page.locator(".card .spark").waitFor();
  await page.screenshot({ path: `${folder}/${name}.png` });
  if (errors.length) throw new Error(errors.join("\n"));
  await close();
}
await browser.close();
