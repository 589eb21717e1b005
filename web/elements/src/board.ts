/** What is shown of a submission while it is judged, in the same form as the server shows the end. */

import type { Judgement, RecentRun, Update } from "../../client/gavel-events.ts";
import type { Link } from "./live.ts";
import { badgeOf, count, size, time } from "./words.ts";

/** Where a judgement is, whatever told of it. */
export type Standing = Pick<Judgement, "state" | "cases_done" | "cases_total"> & {
  judgement: string;
  phase: Update["phase"];
  runs: RecentRun[];
};

/** Cases that are shown one by one at most. */
const MOST = 1000;

/** See the module. `crumb` is the line that says whose submission it is. */
export class Board {
  readonly parts: HTMLElement[];
  /** What could be said aloud. */
  sentence = "";

  private readonly words = made("span", "words");
  private readonly place = made("p", "message");
  private readonly link = made("p", "message link");
  private readonly bar = document.createElement("progress");
  private readonly section = made("section", "live");
  private readonly cases = made("ol", "cases");
  private readonly rows = new Map<number, HTMLElement>();

  constructor(crumb: Element | null) {
    const header = made("header", "verdict v-pending");
    const title = made("h1", "");
    title.append(icon("…"), " ", this.words);
    this.bar.setAttribute("aria-label", "Test cases judged");
    header.append(...(crumb === null ? [] : [crumb]), title, this.place, this.link, this.bar);
    const heading = made("h2", "");
    heading.textContent = "Test cases";
    this.section.append(heading, this.cases);
    for (const part of [this.place, this.link, this.bar, this.section]) part.hidden = true;
    this.parts = [header, this.section];
  }

  /** Shows how far it has come. */
  show(standing: Standing): void {
    const { state, cases_done: done, cases_total: total } = standing;
    this.sentence = sentence(standing);
    this.words.textContent = this.sentence;
    this.bar.hidden = total === 0;
    if (total > 0) {
      this.bar.max = total;
      this.bar.value = done;
    }
    if (state === "queued") {
      // It may have been handed back: then it begins again.
      this.rows.clear();
      this.cases.replaceChildren();
    } else {
      this.place.hidden = true;
    }
    for (const run of standing.runs) this.put(run.ordinal, rowOf(run));
    // What was told while nobody listened is known at the end; until then it is shown that there was something.
    for (let ordinal = 1; ordinal <= Math.min(done, MOST); ordinal += 1) {
      if (!this.rows.has(ordinal)) this.put(ordinal, missedRow(ordinal));
    }
    this.section.hidden = this.rows.size === 0;
  }

  /** Shows how many are before it in the queue. */
  showPlace(before: number): void {
    this.place.hidden = false;
    this.place.textContent =
      before === 0 ? "Next in the queue." : `${count(before, "submission", "submissions")} before this one.`;
  }

  /** Shows whether what is seen may be old. */
  showLink(link: Link): void {
    this.link.hidden = link === "open" || link === "silent";
    this.link.textContent = "The connection is lost; trying again …";
  }

  private put(ordinal: number, row: HTMLElement): void {
    if (ordinal > MOST) return;
    const known = this.rows.get(ordinal);
    this.rows.set(ordinal, row);
    if (known !== undefined) return known.replaceWith(row);
    // They come in order, but for those that were missed.
    const next = [...this.cases.children].find(other => Number((other as HTMLElement).dataset["case"]) > ordinal);
    this.cases.insertBefore(row, next ?? null);
  }
}

function sentence({ state, phase, cases_done: done, cases_total: total }: Standing): string {
  if (state === "queued") return "waiting to be judged";
  if (phase === "compiling") return "compiling";
  return total === 0 ? "being judged" : `being judged: ${done} of ${count(total, "case", "cases")}`;
}

function rowOf(run: RecentRun): HTMLElement {
  const { kind, icon: sign, words } = badgeOf(run.verdict);
  const row = emptyRow(run.ordinal, kind);
  const badge = made("span", `badge v-${kind}`);
  badge.append(icon(sign), ` ${run.verdict}`, text("words", ` ${words}`));
  row.append(
    text("number", run.sample ? `Sample ${run.ordinal}` : String(run.ordinal)),
    badge,
    text("cost", `${time(run.cpu_us)} · ${size(run.memory_bytes)}`),
  );
  return row;
}

function missedRow(ordinal: number): HTMLElement {
  const row = emptyRow(ordinal, "pending");
  row.append(text("number", String(ordinal)), text("cost", "judged"));
  return row;
}

function emptyRow(ordinal: number, kind: string): HTMLElement {
  const row = made("li", `v-${kind}`);
  row.dataset["case"] = String(ordinal);
  return row;
}

function made(tag: string, name: string): HTMLElement {
  const element = document.createElement(tag);
  if (name !== "") element.className = name;
  return element;
}

function text(name: string, text: string): HTMLElement {
  const element = made("span", name);
  element.textContent = text;
  return element;
}

function icon(sign: string): HTMLElement {
  const element = text("icon", sign);
  element.setAttribute("aria-hidden", "true");
  return element;
}
