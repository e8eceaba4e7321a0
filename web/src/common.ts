// What the pages' scripts share: settings and words that the page brought, a request that outlives a dropped line, elements.

export type Settings = {
  lang: string;
  base: string;
  layer: string;
  theme: string;
  level: string;
  period: string;
  compare: string | null;
  zone: string | null;
  version: number;
  /** Set, source and basis, as a query. */
  context: string;
  title: string;
  bounds: [number, number, number, number];
  /** `2021-06` and how it is said. */
  months: [string, string][];
  /** The words of each status that has no number. */
  statuses: Record<string, string>;
  light: boolean;
  synthetic?: boolean;
  words: Record<string, string>;
};

export const settings: Settings = JSON.parse(document.getElementById("settings")?.textContent ?? "{}");
export const words = settings.words;
const format = new Intl.NumberFormat(settings.lang === "fr" ? "fr-FR" : "en-GB");
export const number = (n: number) => format.format(n);

export const byId = <T extends HTMLElement>(id: string) => document.getElementById(id) as T | null;

export function say(text: string): void {
  const line = byId("said");
  if (line) line.textContent = text;
}

/** An element with attributes and children; no text ever becomes markup. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const wait = (ms: number) =>
  new Promise<void>((done) => {
    const timer = setTimeout(done, ms);
    addEventListener("online", () => (clearTimeout(timer), done()), { once: true });
  });

/** Asks until the line answers. An answer, whatever its status, ends it; so does `signal`. */
export async function ask(url: string, init: RequestInit = {}): Promise<Response> {
  let down = false;
  for (let pause = 1000; ; pause = Math.min(pause * 2, 15_000)) {
    try {
      const answer = await fetch(url, init);
      if (answer.status !== 503 && answer.status !== 502 && answer.status !== 504) {
        if (down) say(words.back);
        return answer;
      }
    } catch (error) {
      if (init.signal?.aborted) throw error;
      down = true;
      say(words.failed);
    }
    await wait(pause);
  }
}

/** Text with the context of the page and more parameters. */
export function address(path: string, parameters: Record<string, string | null | undefined> = {}): string {
  const query = new URLSearchParams(settings.context);
  for (const [name, value] of Object.entries(parameters)) if (value) query.set(name, value);
  query.set("lang", settings.lang);
  return `${settings.base}${path}?${query}`;
}

export const plain = (text: string) =>
  text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[’']/g, "'").toLowerCase();
