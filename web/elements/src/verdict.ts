/**
 * `<gavel-verdict data-submission="ID" data-judgement="ID">` around what the server says of a submission; with `data-final`
 * where that is the end.
 *
 * While it is judged, this shows each case as it finishes. What it is at the end is the server's to say: the element
 * fetches its page again and takes its own content from there. Whatever goes wrong on the way, the page is asked for
 * every now and then, so a verdict arrives without a gateway too. On a submission's own page it goes on listening, and
 * shows the judgement that a rejudge makes.
 */

import type { Message } from "../../client/gavel-events.ts";
import { Board, type Standing } from "./board.ts";
import { showLocalTimes } from "./comfort.ts";
import { linkLines } from "./diagnostics.ts";
import { listen, watchLink, type Link } from "./live.ts";

/** How often something is said aloud at most, in milliseconds: whoever listens must not be flooded. */
const SPEAK_EVERY = 3000;

/** How often the page is asked for where no news come in, and where they do; in milliseconds, half of it random. */
const LOOK_WITHOUT_NEWS = 3000;
const LOOK_WITH_NEWS = 30_000;

export class GavelVerdict extends HTMLElement {
  private ends: (() => void)[] = [];
  private leaveQueue: (() => void) | null = null;
  private board: Board | null = null;
  private look: ReturnType<typeof setTimeout> | undefined;
  private link: Link = "silent";
  private isFetching = false;
  private spokenAt = -SPEAK_EVERY;
  private voice: HTMLElement | null = null;

  connectedCallback(): void {
    const { submission } = this.dataset;
    if (submission === undefined || this.ends.length > 0) return;
    this.voice = document.createElement("p");
    this.voice.className = "hidden";
    this.voice.setAttribute("role", "status");
    this.after(this.voice);
    this.ends.push(listen({ submission }, message => this.hear(message)));
    this.ends.push(watchLink(link => this.linkChanged(link)));
    this.dressUp();
    if (!this.isFinal) this.lookLater();
  }

  disconnectedCallback(): void {
    clearTimeout(this.look);
    for (const end of this.ends.splice(0)) end();
    this.endQueue();
    this.voice?.remove();
  }

  /** The submission's own page; that of a trial is named by `data-page`. */
  private get page(): string {
    return this.dataset["page"] ?? `/submissions/${this.dataset["submission"] ?? ""}`;
  }

  private get isOnItsPage(): boolean {
    return location.pathname === this.page;
  }

  /** Whether what is shown is the end, as the server says it. */
  private get isFinal(): boolean {
    return this.dataset["final"] !== undefined;
  }

  private hear(message: Message): void {
    if (message.type === "snapshot" && "view" in message) {
      const { judgement } = message.view;
      this.stand({ ...judgement, judgement: judgement.id, phase: null, runs: [] });
    } else if (message.type === "update") {
      this.stand({ ...message, runs: message.recent ?? [] });
    }
  }

  private stand(standing: Standing): void {
    const isSame = standing.judgement === this.dataset["judgement"];
    if (standing.state === "done" || standing.state === "cancelled") {
      if (!this.isFinal || !isSame) void this.fetchAgain();
      return;
    }
    if (this.isFinal && isSame) return;
    if (this.board === null || !isSame) this.begin(standing.judgement);
    this.board?.show(standing);
    this.followQueue(standing.state === "queued");
    this.speak(this.board?.sentence ?? "");
  }

  private begin(judgement: string): void {
    this.dataset["judgement"] = judgement;
    delete this.dataset["final"];
    this.board = new Board(this.querySelector(".crumb"));
    this.board.showLink(this.link);
    this.replaceChildren(...this.board.parts);
    this.lookLater();
  }

  private followQueue(isQueued: boolean): void {
    if (!isQueued) return this.endQueue();
    this.leaveQueue ??= listen({ queue: true }, message => {
      if (message.type !== "queue") return;
      const own = message.places.find(place => place.submission === this.dataset["submission"]);
      if (own !== undefined) this.board?.showPlace(own.before);
    });
  }

  private endQueue(): void {
    this.leaveQueue?.();
    this.leaveQueue = null;
  }

  private linkChanged(link: Link): void {
    const was = this.link;
    this.link = link;
    this.board?.showLink(link);
    if (was === "open" && link !== "open" && !this.isFinal) this.lookLater();
  }

  private lookLater(): void {
    clearTimeout(this.look);
    const pause = this.link === "open" ? LOOK_WITH_NEWS : LOOK_WITHOUT_NEWS;
    this.look = setTimeout(() => void this.fetchAgain(), pause / 2 + (Math.random() * pause) / 2);
  }

  /** Takes the content from the server's page, if it is the end. */
  private async fetchAgain(): Promise<void> {
    if (this.isFetching) return;
    this.isFetching = true;
    let isTaken = false;
    try {
      const response = await fetch(this.page, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const fresh = page.querySelector<HTMLElement>("gavel-verdict");
      if (response.ok && fresh?.dataset["final"] !== undefined) {
        this.take(fresh, page);
        isTaken = true;
      }
    } catch {
      // The server is away: there is another look.
    }
    this.isFetching = false;
    if (!isTaken && this.isConnected) this.lookLater();
  }

  private take(fresh: HTMLElement, page: Document): void {
    clearTimeout(this.look);
    this.endQueue();
    this.board = null;
    this.dataset["final"] = "";
    this.dataset["judgement"] = fresh.dataset["judgement"] ?? "";
    this.replaceChildren(...document.importNode(fresh, true).childNodes);
    if (this.isOnItsPage) this.takeSurroundings(page);
    this.spokenAt = -SPEAK_EVERY;
    this.speak(this.querySelector(".verdict h1")?.textContent?.replaceAll(/\s+/g, " ").trim() ?? "");
    this.dressUp();
    this.dispatchEvent(new CustomEvent("gavel-judged", { bubbles: true }));
  }

  /** What else of the submission's own page tells of the judgement. */
  private takeSurroundings(page: Document): void {
    document.title = page.title;
    const history = page.querySelector<HTMLElement>(".history");
    if (history === null) return;
    const shown = document.importNode(history, true);
    document.querySelector(".history")?.replaceWith(shown);
    showLocalTimes(shown);
  }

  /** Adds to the server's content what only a script can. */
  private dressUp(): void {
    showLocalTimes(this);
    if (!this.isOnItsPage) this.linkOwnPage();
    const said = this.querySelector<HTMLElement>("pre.output");
    if (said === null) return;
    const detail = linkLines(said, this.isOnItsPage ? "" : this.page);
    document.dispatchEvent(new CustomEvent("gavel-diagnostics", { detail }));
  }

  private linkOwnPage(): void {
    const crumb = this.querySelector(".crumb");
    if (crumb === null || this.dataset["page"] !== undefined || crumb.querySelector(`a[href="${this.page}"]`) !== null) return;
    const link = document.createElement("a");
    link.href = this.page;
    link.textContent = "source and history";
    crumb.append(" · ", link);
  }

  private speak(text: string): void {
    const now = performance.now();
    if (this.voice === null || text === "" || now - this.spokenAt < SPEAK_EVERY) return;
    this.spokenAt = now;
    this.voice.textContent = text;
  }
}
