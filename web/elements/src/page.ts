/**
 * `<gavel-live data-page="/queue">` around what changes with the queue: takes its content from its page again when the queue has
 * changed, and every now and then. What somebody has opened stays open, and where the focus was, it is again.
 */

import { showLocalTimes } from "./comfort.ts";
import { listen } from "./live.ts";

/** How often the page is asked for at most, and at least, in milliseconds. */
const AT_MOST = 2000;
const AT_LEAST = 10_000;

export class GavelLive extends HTMLElement {
  private end: (() => void) | null = null;
  private look: ReturnType<typeof setTimeout> | undefined;
  private fetchedAt = 0;
  private isFetching = false;

  connectedCallback(): void {
    this.fetchedAt = performance.now();
    this.end = listen({ queue: true }, message => {
      if (message.type === "queue") this.lookIn(this.fetchedAt + AT_MOST - performance.now());
    });
    this.lookIn(AT_LEAST);
  }

  disconnectedCallback(): void {
    clearTimeout(this.look);
    this.end?.();
    this.end = null;
  }

  private lookIn(pause: number): void {
    clearTimeout(this.look);
    this.look = setTimeout(() => void this.fetchAgain(), Math.max(0, pause));
  }

  private async fetchAgain(): Promise<void> {
    if (this.isFetching) return;
    this.isFetching = true;
    try {
      const response = await fetch(this.dataset["page"] ?? location.pathname, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const fresh = page.querySelector("gavel-live");
      if (response.ok && fresh !== null) this.take(fresh);
    } catch {
      // The server is away: there is another look.
    }
    this.fetchedAt = performance.now();
    this.isFetching = false;
    if (this.isConnected) this.lookIn(AT_LEAST);
  }

  private take(fresh: Element): void {
    const opened = [...this.querySelectorAll<HTMLDetailsElement>("details[open][id]")].map(({ id }) => id);
    const focused = this.contains(document.activeElement) ? document.activeElement : null;
    const focusedId = focused?.id || focused?.closest("[id]")?.id;
    const isSummary = focused?.localName === "summary";
    this.replaceChildren(...fresh.childNodes);
    for (const id of opened) this.find(id)?.setAttribute("open", "");
    if (focusedId) {
      const place = this.find(focusedId);
      const target = isSummary ? place?.querySelector("summary") : place;
      (target as HTMLElement | null | undefined)?.focus({ preventScroll: true });
    }
    showLocalTimes(this);
  }

  private find(id: string): Element | null {
    return this.querySelector(`#${CSS.escape(id)}`);
  }
}
