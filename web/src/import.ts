// The import page: a file is read without storing, then stored; its questions are settled; any import is taken back.
import { ask, byId, h, number, say, settings, words } from "./common";

type Finding = { code: string; line?: number; column?: string; value?: string; message: string; severity: string };
type Outcome = {
  understood: string[]; rows_in: number; accepted: number; rejected: number; skipped: number; to_review: number;
  findings: Finding[]; written: { batch: number } | null; dry_run: boolean; notes: string[];
  rejects: { headers: string[]; rows: { line: number; cells: string[]; codes: string; messages: string }[]; total: number };
};
type Batch = { id: number; theme: string; kind: string; file: string; created: string; rows_in: number; rejected: number; to_review: number; undone_by: number | null };
type Question = { key: string; lines: string; stated: string[]; known: string; problem: string; offers: string[] };

const lang = `lang=${settings.lang}`;
const own = { "X-Vigie-Desk": "1" };

async function json<T>(path: string, init: RequestInit = {}): Promise<T> {
  const answer = await ask(`${settings.base}${path}`, { cache: "no-store", ...init, headers: { ...own, ...(init.headers as Record<string, string>) } });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail ?? answer.statusText);
  return body as T;
}

function table(heads: string[], rows: (string | Node)[][], label: string): HTMLElement {
  const cell = (tag: "th" | "td", content: string | Node) => h(tag, tag === "th" ? { scope: "col" } : { class: "text" }, content);
  return h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": label },
    h("table", {}, h("thead", {}, h("tr", {}, ...heads.map((x) => cell("th", x)))), h("tbody", {}, ...rows.map((r) => h("tr", {}, ...r.map((x) => cell("td", x)))))));
}

let file: File | undefined;

async function send(dry: boolean): Promise<void> {
  const input = byId<HTMLInputElement>("i-file");
  file = input?.files?.[0] ?? file;
  if (!file) return say(words.choose_file);
  const query = new URLSearchParams({
    theme: byId<HTMLSelectElement>("i-theme")?.value ?? "", source: byId<HTMLInputElement>("i-source")?.value ?? "", file: file.name, dry_run: String(dry), lang: settings.lang,
  });
  say(words.loading);
  const outcome = await json<Outcome>(`/imports?${query}`, { method: "POST", body: file, headers: { "Content-Type": "application/octet-stream" } });
  show(outcome);
  if (!dry) {
    await list();
    if (outcome.written && outcome.to_review) await review(outcome.written.batch);
  }
}

function show(outcome: Outcome): void {
  const box = byId("outcome");
  const section = byId("understood");
  const store = byId("i-store");
  if (!box || !section || !store) return;
  const counts: [number, string][] = [
    [outcome.rows_in, words.rows_in], [outcome.accepted, words.accepted], [outcome.rejected, words.rejected], [outcome.to_review, words.to_review], [outcome.skipped, words.skipped],
  ];
  box.replaceChildren(
    h("ul", { class: "counts" }, ...counts.map(([n, word]) => h("li", {}, h("strong", {}, number(n)), ` ${word}`))),
    ...outcome.understood.map((line) => h("p", { class: "small" }, line)),
    ...outcome.notes.map((line) => h("p", {}, line)),
  );
  if (outcome.rejects.rows.length) {
    box.append(h("h3", {}, `${words.rejects} (${number(outcome.rejects.total)})`),
      table([words.line, words.message, ...outcome.rejects.headers], outcome.rejects.rows.map((r) => [number(r.line), r.messages, ...r.cells]), words.rejects));
  }
  const rest = outcome.findings.filter((f) => f.severity !== "reject");
  if (rest.length) {
    box.append(h("h3", {}, words.findings),
      table([words.line, words.column, words.given, words.message], rest.map((f) => [f.line === undefined ? "" : number(f.line), f.column ?? "", f.value ?? "", f.message]), words.findings));
  }
  section.hidden = false;
  store.hidden = !outcome.dry_run;
  say(outcome.dry_run ? words.tried : outcome.written ? `${words.stored} ${outcome.written.batch}` : "");
  byId("t-understood")?.focus();
}

async function list(): Promise<void> {
  const box = byId("imports");
  if (!box) return;
  const { imports } = await json<{ imports: Batch[] }>(`/imports?${lang}`);
  const rows = imports.map((b) => {
    const actions = h("span", {});
    if (b.undone_by !== null) actions.append(`${words.undone_by} ${b.undone_by}`);
    else if (!settings.synthetic && b.kind !== "undo" && b.kind !== "purge") {
      if (b.to_review > 0) actions.append(act(`${words.review} (${number(b.to_review)})`, `${words.review}, ${words.batch} ${b.id}`, () => review(b.id)), " ");
      actions.append(act(words.undo, `${words.undo}, ${words.batch} ${b.id}`, async () => {
        const { batch } = await json<{ batch: number }>(`/imports/${b.id}/undo?${lang}`, { method: "POST" });
        await list();
        const open = byId("review");
        if (open) open.hidden = true;
        say(`${words.undone} ${batch}`);
      }));
    }
    return [String(b.id), b.created.slice(0, 16).replace("T", " "), b.theme, b.file, `${number(b.rows_in)} (${number(b.rejected)} ${words.rejected})`, actions];
  });
  box.replaceChildren(table([words.batch, words.date, words.theme, words.file, words.rows, words.actions], rows, words.batch));
}

function act(text: string, label: string, work: () => Promise<void>): HTMLElement {
  const button = h("button", { type: "button", "aria-label": label }, text);
  button.addEventListener("click", () => void work().catch((error: Error) => say(error.message)));
  return button;
}

async function review(batch: number): Promise<void> {
  const box = byId("review");
  if (!box) return;
  const { questions } = await json<{ questions: Question[] }>(`/imports/${batch}/review?${lang}`);
  const head = h("h2", { tabindex: "-1" }, `${words.review}, ${words.batch} ${batch}`);
  box.hidden = false;
  if (!questions.length) {
    box.replaceChildren(head, h("p", {}, words.nothing_waits));
    head.focus();
    return;
  }
  const fields = questions.map((q) => {
    const stated = q.stated.filter(Boolean).join(" › ");
    const select = h("select", { "aria-label": `${words.choice}, ${stated}` }, h("option", { value: "" }, words.leave), ...q.offers.map((o) => h("option", { value: o }, o)));
    const other = h("input", { "aria-label": `${words.other}, ${stated}`, placeholder: words.other, size: "12" });
    return { q, select, other, stated };
  });
  const rows = fields.map(({ q, select, other, stated }) => [q.lines, stated, q.known, q.problem, h("span", {}, select, " ", other)]);
  const settle = act(words.settle, `${words.settle}, ${words.batch} ${batch}`, async () => {
    const answers: Record<string, string> = {};
    for (const { q, select, other } of fields) {
      const choice = other.value.trim() || select.value;
      if (choice) answers[q.key] = choice;
    }
    const done = await json<{ rows: number; written: { batch: number } | null; findings: Finding[] }>(`/imports/${batch}/settle?${lang}`, {
      method: "POST", body: JSON.stringify({ answers }), headers: { "Content-Type": "application/json" },
    });
    await list();
    await review(batch);
    say([done.written ? `${number(done.rows)} ${words.settled} ${done.written.batch}` : "", ...done.findings.map((f) => f.message)].filter(Boolean).join(" · "));
  });
  settle.id = "settle";
  box.replaceChildren(head, table([words.line, words.stated, words.known, words.message, words.choice], rows, words.review), settle);
  head.focus();
}

const failed = (error: Error) => say(error.message);
byId("upload")?.addEventListener("submit", (event) => {
  event.preventDefault();
  send(true).catch(failed);
});
byId("i-store")?.addEventListener("click", () => void send(false).catch(failed));
const drop = byId("drop");
drop?.addEventListener("dragover", (event) => (event.preventDefault(), drop.classList.add("over")));
drop?.addEventListener("dragleave", () => drop.classList.remove("over"));
drop?.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  const input = byId<HTMLInputElement>("i-file");
  if (input && event.dataTransfer?.files.length) input.files = event.dataTransfer.files;
});
list().then(() => (document.documentElement.dataset.first = "ready"), failed);
