// What the browser tests share: Chromium as Debian has it, pages that note every error and every request to another host.
import { readFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { chromium } from "playwright-core";

const ARGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
];

export const launch = (more = []) => chromium.launch({ executablePath: "/usr/bin/chromium", headless: true, args: [...ARGS, ...more] });

/** A page; `errors` fills with what must not happen. */
export async function open(browser, url, options = {}) {
  const { width = 1280, height = 900, colorScheme = "light", locale = "fr-FR", ...rest } = options;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, locale, acceptDownloads: true, ...rest });
  const page = await context.newPage();
  const errors = [];
  const host = new URL(url).host;
  page.on("console", (m) => m.type() === "error" && errors.push(m.text()));
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("request", (r) => {
    const asked = new URL(r.url());
    if (!["data:", "blob:"].includes(asked.protocol) && asked.host !== host) errors.push(`asked ${r.url()}`);
  });
  await page.goto(url);
  return { page, errors, close: () => context.close() };
}

export const ready = (page, what) =>
  page.waitForFunction((what) => what in document.documentElement.dataset, what, { timeout: 60_000 });

/** Waits until the page shows a state whose address holds `text`. */
export const shows = (page, text) => page.waitForFunction((text) => (document.documentElement.dataset.state ?? location.search).includes(text), text, { timeout: 30_000 });

export const digits = (text) => (text ?? "").replace(/\D/g, "");

const AXE = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

/** What axe finds against WCAG 2.2 AA and its best practices, a line each. */
export async function axe(page) {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target} ${n.failureSummary?.split("\n")[1] ?? ""}`));
  });
}

/** A relay that counts bytes as they go over the line, and that can be cut. */
export async function relay(target) {
  const to = new URL(target);
  const seen = [];
  let cut = false;
  const sockets = new Set();
  const server = createServer((asked, answer) => {
    if (cut) return asked.socket.destroy();
    // As if the browser asked the service itself: the relay is no proxy that says so.
    const forward = request({ host: to.hostname, port: to.port, path: asked.url, method: asked.method, headers: asked.headers }, (got) => {
      const entry = { url: asked.url, bytes: JSON.stringify(got.rawHeaders).length, status: got.statusCode };
      seen.push(entry);
      got.on("data", (chunk) => (entry.bytes += chunk.length));
      answer.writeHead(got.statusCode, got.headers);
      got.pipe(answer);
    });
    forward.on("error", () => asked.socket.destroy());
    asked.pipe(forward);
  });
  server.on("connection", (socket) => (sockets.add(socket), socket.on("close", () => sockets.delete(socket))));
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    seen,
    cut: (yes) => {
      cut = yes;
      if (yes) for (const socket of sockets) socket.destroy();
    },
    close: () => (server.closeAllConnections(), server.close()),
  };
}
