/**
 * `<gavel-follow data-listen="ID …">` around what the server says of something that many judgements make up; with
 * `data-final` where that is the end.
 *
 * Until then its page is fetched again and again, and the content is taken from there: soon after news of one of the
 * submissions that it listens to, and every now and then in any case. What has the focus keeps it where it is still there.
 */

import { showLocalTimes } from "./comfort.ts";
import { listen } from "./live.ts";

/** How long after a look the next one is, in milliseconds, half of it random. */
const PAUSE = 1500;

/** How often something is said aloud at most, in milliseconds. */
const SPEAK_EVERY = 5000;

export class GavelFollow extends HTMLElement {
  private ends = new Map<string, () => void>();
  private look: ReturnType<typeof setTimeout> | undefined;
  private isFetching = false;
  private voice: HTMLElement | null = null;
  private spokenAt = -SPEAK_EVERY;

  connectedCallback(): void {
    if (this.voice !== null) return;
    this.voice = document.createElement("p");
    this.voice.className = "hidden";
    this.voice.setAttribute("role", "status");
    this.after(this.voice);
    if (this.isFinal) return;
    this.listenTo(this.dataset["listen"] ?? "");
    this.lookIn(PAUSE);
  }

  disconnectedCallback(): void {
    clearTimeout(this.look);
    this.listenTo("");
    this.voice?.remove();
    this.voice = null;
  }

  private get isFinal(): boolean {
    return this.dataset["final"] !== undefined;
  }

  private listenTo(ids: string): void {
    const wanted = new Set(ids.split(" ").filter(id => id !== ""));
    for (const [id, end] of this.ends) {
      if (wanted.has(id)) continue;
      end();
      this.ends.delete(id);
    }
    for (const submission of wanted) {
      if (this.ends.has(submission)) continue;
      const end = listen({ submission }, message => {
        if (message.type === "update" && message.state !== "queued") this.lookIn(PAUSE / 5);
      });
      this.ends.set(submission, end);
    }
  }

  private lookIn(pause: number): void {
    clearTimeout(this.look);
    this.look = setTimeout(() => void this.fetchAgain(), pause / 2 + (Math.random() * pause) / 2);
  }

  private async fetchAgain(): Promise<void> {
    if (this.isFetching) return;
    this.isFetching = true;
    try {
      const response = await fetch(location.href, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const fresh = page.querySelector<HTMLElement>("gavel-follow");
      if (response.ok && fresh !== null) this.take(fresh, page);
    } catch {
      // The server is away: there is another look.
    }
    this.isFetching = false;
    if (this.isFinal) this.listenTo("");
    else if (this.isConnected) this.lookIn(PAUSE);
  }

  private take(fresh: HTMLElement, page: Document): void {
    const focused = this.contains(document.activeElement) ? document.activeElement?.closest("form")?.getAttribute("action") : null;
    const isFinal = fresh.dataset["final"] !== undefined;
    if (isFinal) this.dataset["final"] = "";
    this.replaceChildren(...document.importNode(fresh, true).childNodes);
    if (focused) this.querySelector<HTMLElement>(`form[action="${CSS.escape(focused)}"] button`)?.focus();
    document.title = page.title;
    this.listenTo(fresh.dataset["listen"] ?? "");
    showLocalTimes(this);
    if (isFinal) this.spokenAt = -SPEAK_EVERY;
    this.speak(this.querySelector("h1")?.textContent?.replaceAll(/\s+/g, " ").trim() ?? "");
  }

  private speak(text: string): void {
    const now = performance.now();
    if (this.voice === null || text === "" || text === this.voice.textContent || now - this.spokenAt < SPEAK_EVERY) return;
    this.spokenAt = now;
    this.voice.textContent = text;
  }
}
