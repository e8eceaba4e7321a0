// Charts of the page's own tables: what a chart shows is what its table says, and an absence is a gap, never a bar of 0.
import { scaleBand, scaleLinear, scalePoint } from "d3-scale";
import { line, stack } from "d3-shape";
import { h, number, settings, words } from "./common";

export type Charts = { all: () => void };
type Cell = { value: number | null; text: string };
type Row = { id: string; label: string; total: boolean; cells: Cell[] };
type Table = { title: string; columns: { id: string; label: string }[]; rows: Row[] };

/** Told apart by lightness as well as by hue (Okabe and Ito). */
const PALETTE = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#6B6B6B"];
/** The levels of the risk index and its absences, as the maps have them. */
const LEVELS: Record<string, string> = {
  "class-1": "#FEF0D9", "class-2": "#FDCC8A", "class-3": "#FC8D59", "class-4": "#D7301F",
  covered_no_report: "#BFBFBF", not_covered: "#FFFFFF", unknown: "#E0E0E0", suppressed: "#8C8C8C", not_yet_elapsed: "#F2F2F2",
};
/** Width of the chart being drawn, pixels: that of its room, so that its letters keep their size. */
let WIDTH = 640;
const space = "http://www.w3.org/2000/svg";

export function charts(): Charts {
  return { all: () => document.querySelectorAll<HTMLElement>("[data-chart]").forEach(draw) };
}

function read(section: HTMLElement): Table {
  const table = section.querySelector("table");
  const columns = [...(table?.querySelectorAll<HTMLElement>("thead th[data-id]") ?? [])].map((c) => ({ id: c.dataset.id ?? "", label: c.textContent ?? "" }));
  const rows = [...(table?.querySelectorAll<HTMLElement>("tbody tr") ?? [])].map((r) => ({
    id: r.dataset.id ?? "",
    label: r.querySelector("th")?.textContent ?? "",
    total: r.classList.contains("total"),
    cells: [...r.querySelectorAll("td")].map((c) => ({
      value: c.dataset.v === undefined ? null : Number(c.dataset.v),
      text: c.dataset.s ?? c.dataset.t ?? c.textContent ?? "",
    })),
  }));
  return { title: section.querySelector("h3")?.textContent ?? "", columns, rows };
}

function draw(section: HTMLElement): void {
  const room = section.querySelector<HTMLElement>(".chart");
  if (!room || room.childElementCount) return;
  const table = read(section);
  if (!table.rows.some((r) => !r.total)) return;
  const kind = section.dataset.chart;
  WIDTH = Math.min(640, Math.max(280, room.clientWidth || 640));
  const svg = kind === "lines" ? lines(table) : kind === "stack" ? stacked(table, section.id === "p-severity") : kind === "rows" ? rows(table) : bars(table);
  room.append(svg, gets(section, svg, table));
}

type Attributes = Record<string, string | number>;
function s(tag: string, attributes: Attributes, text?: string): SVGElement {
  const element = document.createElementNS(space, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(typeof value === "number" ? Math.round(value * 100) / 100 : value));
  if (text !== undefined) element.textContent = text;
  return element;
}

function sheet(table: Table, height: number): SVGElement {
  return s("svg", {
    viewBox: `0 0 ${WIDTH} ${height}`, role: "img", "aria-label": `${words.chart} ${table.title}`, "font-family": "system-ui, sans-serif", "font-size": 13, fill: "currentColor",
  });
}

const ink = { stroke: "currentColor", "stroke-width": 0.6 };
const cut = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1).trimEnd()}…` : text);

/** A month's name, shortened where it is narrow. */
const month = (label: string) => (WIDTH < 520 ? label.split(" ")[0].slice(0, 4) : label.split(" ")[0]);

/** Columns that are months. */
const monthly = (table: Table) => table.columns.map((c, k) => ({ ...c, k })).filter((c) => /^\d{4}-\d\d$/.test(c.id));

function grid(svg: SVGElement, most: number, left: number, top: number, bottom: number) {
  const y = scaleLinear([0, Math.max(1, most)], [bottom, top]).nice(4);
  for (const tick of y.ticks(4).filter(Number.isInteger)) {
    svg.append(s("line", { x1: left, x2: WIDTH - 8, y1: y(tick), y2: y(tick), stroke: "currentColor", "stroke-opacity": 0.2 }));
    svg.append(s("text", { x: left - 6, y: y(tick) + 4, "text-anchor": "end", "font-size": 12 }, number(tick)));
  }
  return y;
}

/** Legend lines below a chart; gives the height they take. */
function key(svg: SVGElement, entries: [string, string][], top: number): void {
  const abreast = WIDTH < 520 ? 1 : 2;
  entries.forEach(([label, colour], k) => {
    const [x, y] = [8 + (k % abreast) * (WIDTH / 2), top + Math.floor(k / abreast) * 20];
    svg.append(s("rect", { x, y, width: 14, height: 12, fill: colour, ...ink }), s("text", { x: x + 20, y: y + 11 }, cut(label, Math.floor((WIDTH / abreast - 36) / 6.6))));
  });
}
const keyHeight = (n: number) => Math.ceil(n / (WIDTH < 520 ? 1 : 2)) * 20;

function stacked(table: Table, severity: boolean): SVGElement {
  const months = monthly(table);
  const series = table.rows.filter((r) => !r.total && (!severity || r.id.startsWith("class-")));
  const colour = (r: Row, k: number) => (severity ? (LEVELS[r.id] ?? PALETTE[k]) : PALETTE[k % PALETTE.length]);
  const [top, bottom] = [12, 232];
  const height = bottom + 34 + keyHeight(series.length);
  const svg = sheet(table, height);
  const data = months.map((m) => Object.fromEntries(series.map((r) => [r.id, r.cells[m.k].value ?? 0])));
  const sums = data.map((d) => Object.values(d).reduce((a, b) => a + b, 0));
  const x = scaleBand(months.map((m) => m.id), [48, WIDTH - 8]).padding(0.25);
  const y = grid(svg, Math.max(...sums), 48, top, bottom);
  for (const layer of stack<Record<string, number>>().keys(series.map((r) => r.id))(data)) {
    const row = series[layer.index];
    layer.forEach(([from, to], k) => {
      if (to <= from) return;
      const bar = s("rect", { x: x(months[k].id) ?? 0, width: x.bandwidth(), y: y(to), height: y(from) - y(to), fill: colour(row, layer.index), ...ink });
      bar.append(s("title", {}, `${row.label}, ${months[k].label}: ${number(to - from)}`));
      svg.append(bar);
    });
  }
  months.forEach((m, k) => {
    const middle = (x(m.id) ?? 0) + x.bandwidth() / 2;
    const known = series.some((r) => r.cells[m.k].value !== null);
    svg.append(s("text", { x: middle, y: bottom + 18, "text-anchor": "middle" }, month(m.label)));
    svg.append(s("text", { x: middle, y: known ? y(sums[k]) - 3 : bottom - 4, "text-anchor": "middle", "font-size": 12 }, known ? number(sums[k]) : absence(series[0].cells[m.k].text)));
  });
  key(svg, series.map((r, k) => [r.label, colour(r, k)]), bottom + 30);
  return svg;
}

function lines(table: Table): SVGElement {
  const months = monthly(table);
  const series = table.rows.filter((r) => !r.total && r.id !== "not_located");
  const [top, bottom] = [12, 262];
  const svg = sheet(table, bottom + 26);
  const right = WIDTH - 110;
  const x = scalePoint(months.map((m) => m.id), [56, right]);
  const y = grid(svg, Math.max(0, ...series.flatMap((r) => months.map((m) => r.cells[m.k].value ?? 0))), 48, top, bottom);
  const path = line<{ k: number; id: string; value: number | null }>().defined((d) => d.value !== null).x((d) => x(d.id) ?? 0).y((d) => y(d.value ?? 0));
  const ends: { y: number; label: string; colour: string }[] = [];
  series.forEach((row, n) => {
    const points = months.map((m) => ({ k: m.k, id: m.id, value: row.cells[m.k].value }));
    const colour = PALETTE[n % PALETTE.length];
    const dash = n % 2 ? "6 3" : "none";
    svg.append(s("path", { d: path(points) ?? "", fill: "none", stroke: colour, "stroke-width": 2.5, "stroke-dasharray": dash }));
    for (const p of points) {
      if (p.value === null) continue;
      const dot = s("circle", { cx: x(p.id) ?? 0, cy: y(p.value), r: 3.2, fill: colour, ...ink });
      dot.append(s("title", {}, `${row.label}, ${p.id}: ${number(p.value)}`));
      svg.append(dot);
    }
    const last = points.filter((p) => p.value !== null).at(-1);
    if (last) ends.push({ y: y(last.value ?? 0), label: row.label, colour });
  });
  // Labels at the ends, pushed apart.
  ends.sort((a, b) => a.y - b.y).forEach((end, k) => (end.y = Math.max(end.y, k ? ends[k - 1].y + 15 : top)));
  const over = Math.max(0, (ends.at(-1)?.y ?? 0) - bottom);
  for (const end of ends) {
    const at = Math.max(top, end.y - over);
    svg.append(s("rect", { x: right + 10, y: at - 5, width: 10, height: 10, fill: end.colour, ...ink }));
    svg.append(s("text", { x: right + 25, y: at + 4.5 }, cut(end.label, 13)));
  }
  for (const m of months) svg.append(s("text", { x: x(m.id) ?? 0, y: bottom + 19, "text-anchor": "middle" }, month(m.label)));
  return svg;
}

/** One number a row, the largest twenty. */
function bars(table: Table): SVGElement {
  const wanted = ["national", settings.period, "value", "percent", "total"];
  const k = wanted.map((id) => table.columns.findIndex((c) => c.id === id)).find((n) => n >= 0 && table.rows.some((r) => r.cells[n]?.value !== null)) ?? 0;
  const share = table.columns[k]?.id === "percent";
  const all = table.rows.filter((r) => !r.total);
  const list = (all.length > 20 ? [...all].sort((a, b) => (b.cells[k].value ?? -1) - (a.cells[k].value ?? -1)) : all).slice(0, 20);
  const top = 24;
  const svg = sheet(table, top + list.length * 24 + 6);
  const left = Math.min(290, WIDTH * 0.46);
  const x = scaleLinear([0, Math.max(1, ...list.map((r) => r.cells[k].value ?? 0))], [left, WIDTH - 64]);
  // Which column is drawn: the month, the country, the share.
  svg.append(s("text", { x: left, y: 14, "font-size": 12 }, table.columns[k]?.label ?? ""));
  list.forEach((row, n) => {
    const y = top + n * 24;
    const { value, text } = row.cells[k];
    svg.append(s("text", { x: left - 8, y: y + 15, "text-anchor": "end" }, cut(row.label, Math.floor((left - 10) / 7.3))));
    if (value !== null) svg.append(s("rect", { x: left, y: y + 2, width: x(value) - left, height: 17, fill: "#0072B2", ...ink }));
    const shown = value === null ? absence(text) : share ? row.cells[k].text.trim() : number(value);
    svg.append(s("text", { x: (value === null ? left : x(value)) + 6, y: y + 15, "font-weight": 600 }, shown));
  });
  return svg;
}

/** A row a line, its columns as parts of the bar: victims by age and sex, and status. */
function rows(table: Table): SVGElement {
  const parts = table.columns.map((c, k) => ({ ...c, k })).filter((c) => !["total", "percent"].includes(c.id));
  const total = table.columns.findIndex((c) => c.id === "total");
  const list = table.rows.filter((r) => !r.total);
  const bottom = list.length * 40 + 8;
  const svg = sheet(table, bottom + 14 + keyHeight(parts.length));
  const left = Math.min(205, WIDTH * 0.4);
  const x = scaleLinear([0, Math.max(1, ...list.map((r) => r.cells[total]?.value ?? 0))], [left, WIDTH - 64]);
  list.forEach((row, n) => {
    const y = 6 + n * 40;
    let from = 0;
    svg.append(s("text", { x: left - 8, y: y + 20, "text-anchor": "end" }, cut(row.label, Math.floor((left - 10) / 7.3))));
    parts.forEach((part, k) => {
      const value = row.cells[part.k].value ?? 0;
      if (!value) return;
      const bar = s("rect", { x: x(from), y, width: x(from + value) - x(from), height: 30, fill: PALETTE[k % PALETTE.length], ...ink });
      bar.append(s("title", {}, `${row.label}, ${part.label}: ${number(value)}`));
      svg.append(bar);
      from += value;
    });
    const cell = row.cells[total];
    svg.append(s("text", { x: x(from) + 6, y: y + 20, "font-weight": 600 }, cell && cell.value !== null ? number(cell.value) : absence(cell?.text ?? "")));
  });
  key(svg, parts.map((p, k) => [p.label, PALETTE[k % PALETTE.length]]), bottom + 8);
  return svg;
}

/** The words of a status, as the legend has them. */
const absence = (status: string) => settings.statuses[status] ?? "–";

/** The three downloads of a chart. */
function gets(section: HTMLElement, svg: SVGElement, table: Table): HTMLElement {
  const name = `vigie-${section.id.slice(2)}-${settings.period.replace("/", "_")}`;
  const button = (form: string, make: () => Promise<Blob>) => {
    const b = h("button", { type: "button", "data-form": form, "aria-label": `${words.download} ${form}, ${table.title}` }, form);
    b.addEventListener("click", () => void make().then((blob) => save(blob, `${name}.${form.toLowerCase()}`)));
    return b;
  };
  return h("p", { class: "gets" }, words.download,
    button("PNG", () => png(alone(svg, table))),
    button("SVG", async () => new Blob([alone(svg, table)], { type: "image/svg+xml" })),
    button("CSV", async () => new Blob([`\uFEFF${csv(table)}`], { type: "text/csv" })));
}

/** The chart as a file of its own: title, white ground, dark ink, what must be said of the data. */
function alone(svg: SVGElement, table: Table): string {
  const copy = svg.cloneNode(true) as SVGElement;
  const [, , , height] = (copy.getAttribute("viewBox") ?? "").split(" ").map(Number);
  const notes = [document.getElementById("notices")?.textContent ?? "", document.querySelector("#brief ~ p")?.textContent ?? ""].filter(Boolean).join(" ");
  const group = s("g", { transform: "translate(0 34)" });
  group.append(...copy.childNodes);
  copy.setAttribute("viewBox", `0 0 ${WIDTH} ${height + 58}`);
  copy.setAttribute("width", String(WIDTH));
  copy.setAttribute("height", String(height + 58));
  copy.setAttribute("color", "#1a1a1a");
  copy.append(
    s("rect", { width: WIDTH, height: height + 58, fill: "#ffffff" }),
    s("text", { x: 8, y: 22, "font-size": 15, "font-weight": 700 }, cut(table.title, Math.floor(WIDTH / 8.2))),
    group,
    s("text", { x: 8, y: height + 50, "font-size": 11 }, cut(notes, Math.floor(WIDTH / 5.8))),
  );
  return new XMLSerializer().serializeToString(copy);
}

async function png(text: string): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = h("canvas");
    [canvas.width, canvas.height] = [image.naturalWidth * 2, image.naturalHeight * 2];
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((done, failed) => canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("no picture")))));
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** The table with plain numbers; an absence is its status, never 0. Nothing in it becomes a formula. */
function csv(table: Table): string {
  const quoted = (text: string) => {
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const lines = [["", ...table.columns.map((c) => c.label)], ...table.rows.map((r) => [r.label, ...r.cells.map((c) => (c.value === null ? c.text : String(c.value)))])];
  return `${lines.map((l) => l.map(quoted).join(",")).join("\r\n")}\r\n`;
}

function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = h("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
