/**
 * `<gavel-editor data-problem="ID" data-user="ID" data-verdict="ID">` around a form with a `textarea` for a program: an editor in its place.
 *
 * The textarea stays what is sent. Without JavaScript, or where the editor cannot be loaded, it is what it was.
 */

import type { Code } from "./code.ts";
import { Drafts } from "./draft.ts";
import type { Diagnostic } from "./diagnostics.ts";
import { send } from "./comfort.ts";

/** How long somebody pauses before what they wrote is kept, in milliseconds. */
const KEEP_AFTER = 300;

/** The largest file that is read, in bytes; the server has limits of its own. */
const LARGEST = 1 << 20;

export class GavelEditor extends HTMLElement {
  private code: Code | null = null;
  private form: HTMLFormElement | null = null;
  private area: HTMLTextAreaElement | null = null;
  private languages: HTMLSelectElement | null = null;
  private note: HTMLElement | null = null;
  private isSending = false;
  private keeping: ReturnType<typeof setTimeout> | undefined;
  private drafts = new Drafts("");

  connectedCallback(): void {
    if (this.form !== null) return;
    this.form = this.querySelector("form");
    this.area = this.querySelector("textarea[name=source]");
    this.languages = this.querySelector<HTMLSelectElement>("select[name=language]");
    if (this.form === null || this.area === null) return;
    this.drafts = new Drafts(this.dataset["user"] ?? "");
    this.note = document.createElement("p");
    this.note.className = "editor-note";
    this.note.setAttribute("role", "status");
    this.area.after(this.note);
    this.restore();
    this.languages?.addEventListener("change", () => this.languageChanged());
    this.querySelector<HTMLInputElement>("input[type=file]")?.addEventListener("change", event => {
      const input = event.target as HTMLInputElement;
      const [file, second] = input.files ?? [];
      // Several files are sent as they are. One is read into the editor, and then not sent twice.
      if (file !== undefined && second === undefined) void this.read(file).then(() => (input.value = ""));
    });
    this.takeDrops();
    this.form.addEventListener("submit", event => this.submitted(event));
    document.addEventListener("gavel-diagnostics", this.diagnosed);
    document.addEventListener("click", this.clicked);
    addEventListener("pagehide", this.keepNow);
    void this.loadEditor();
  }

  disconnectedCallback(): void {
    document.removeEventListener("gavel-diagnostics", this.diagnosed);
    document.removeEventListener("click", this.clicked);
    removeEventListener("pagehide", this.keepNow);
    this.code?.destroy();
    this.code = null;
  }

  /** What is written. */
  get source(): string {
    return this.code?.text ?? this.area?.value ?? "";
  }

  set source(text: string) {
    if (this.area !== null) this.area.value = text;
    if (this.code !== null) this.code.text = text;
  }

  private get problem(): string {
    return this.dataset["problem"] ?? location.pathname;
  }

  /** What the server put into the form goes before what was kept: somebody asked for it. */
  private restore(): void {
    const [area, languages] = [this.area, this.languages];
    if (area === null || area.value !== "") return;
    const draft = this.drafts.get(this.problem);
    const language = draft?.language ?? this.drafts.language;
    const isThere = [...(languages?.options ?? [])].some(option => option.value === language && !option.disabled);
    if (languages !== null && language !== null && isThere) languages.value = language;
    if (draft !== null) area.value = draft.source;
  }

  private async loadEditor(): Promise<void> {
    const area = this.area;
    if (area === null) return;
    let module: typeof import("./code.ts");
    try {
      module = await import("./code.ts");
    } catch {
      this.say("The editor could not be loaded; this plain field does all that is needed.");
      return;
    }
    if (!this.isConnected) return;
    const host = document.createElement("div");
    host.className = "code";
    const label = area.labels?.[0]?.textContent?.trim() || area.getAttribute("aria-label") || "Source";
    const hadFocus = document.activeElement === area;
    this.code = new module.Code({
      host,
      text: area.value,
      label: `${label}. Escape, then Tab leaves the editor`,
      onChange: text => this.changed(text),
      onSubmit: () => this.form?.requestSubmit(),
      onTry: () => this.form?.requestSubmit(this.querySelector<HTMLButtonElement>("button[formaction]")),
    });
    // Attributes that are checked before the form is sent would complain about a field that nobody sees.
    area.required = false;
    area.hidden = true;
    area.before(host);
    for (const label of area.labels ?? []) label.addEventListener("click", () => this.code?.focus());
    if (hadFocus) this.code.focus();
    await this.code.setLanguage(this.languages?.value ?? "").catch(() => undefined);
    this.toggleAttribute("ready", true);
  }

  private changed(text: string): void {
    if (this.area !== null) this.area.value = text;
    clearTimeout(this.keeping);
    this.keeping = setTimeout(this.keepNow, KEEP_AFTER);
  }

  private readonly keepNow = (): void => {
    clearTimeout(this.keeping);
    this.drafts.set(this.problem, { language: this.languages?.value ?? "", source: this.source, at: Date.now() });
  };

  private languageChanged(): void {
    const language = this.languages?.value ?? "";
    this.drafts.language = language;
    this.keepNow();
    void this.code?.setLanguage(language).catch(() => undefined);
  }

  private takeDrops(): void {
    this.addEventListener(
      "dragover",
      event => {
        if (!event.dataTransfer?.types.includes("Files")) return;
        event.preventDefault();
        this.toggleAttribute("dropping", true);
      },
      true,
    );
    this.addEventListener("dragleave", event => {
      if (!this.contains(event.relatedTarget as Node | null)) this.toggleAttribute("dropping", false);
    });
    this.addEventListener(
      "drop",
      event => {
        this.toggleAttribute("dropping", false);
        const file = event.dataTransfer?.files[0];
        if (file === undefined) return;
        event.preventDefault();
        event.stopPropagation();
        void this.read(file);
      },
      true,
    );
  }

  /** Takes a file's text, and guesses its language by the ending. */
  private async read(file: File): Promise<void> {
    if (file.size > LARGEST) return this.say(`${file.name} is larger than ${LARGEST >> 20} MiB.`);
    let text: string;
    try {
      text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
    } catch {
      return this.say(`${file.name} is not text in UTF-8.`);
    }
    if (text.includes("\0")) return this.say(`${file.name} is no text.`);
    this.source = text.replaceAll("\r\n", "\n");
    const language = this.languageOf(file.name);
    if (language !== null && this.languages !== null) {
      this.languages.value = language;
      this.languageChanged();
    }
    this.keepNow();
    this.say(`${file.name} is in the editor.`);
  }

  /** By the endings that the options tell in `data-endings`; the chosen language stays where it fits. */
  private languageOf(name: string): string | null {
    const ending = name.includes(".") ? name.slice(name.lastIndexOf(".") + 1).toLowerCase() : "";
    const options = [...(this.languages?.options ?? [])].filter(option => !option.disabled);
    const fits = options.filter(option => (option.dataset["endings"] ?? "").split(" ").includes(ending));
    const chosen = fits.find(option => option.value === this.languages?.value);
    return (chosen ?? fits[0])?.value ?? null;
  }

  private say(text: string): void {
    if (this.note !== null) this.note.textContent = text;
  }

  /** Shows the verdict below the editor, where the page has a place for it: the element of the id `data-verdict`. */
  private submitted(event: SubmitEvent): void {
    this.keepNow();
    const form = this.form;
    const place = document.getElementById(this.dataset["verdict"] ?? "");
    if (form === null || place === null || event.defaultPrevented) return;
    event.preventDefault();
    if (this.isSending) return;
    this.isSending = true;
    this.code?.showDiagnostics([]);
    this.say("Sending …");
    void this.deliver(form, event.submitter, place).finally(() => (this.isSending = false));
  }

  private async deliver(form: HTMLFormElement, submitter: HTMLElement | null, place: HTMLElement): Promise<void> {
    let verdict: Element | null = null;
    let refusal: string | null = null;
    try {
      const response = await send(form, submitter);
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      verdict = response.ok ? page.querySelector("gavel-verdict") : null;
      refusal = page.querySelector("[role=alert]")?.textContent?.replaceAll(/\s+/g, " ").trim() ?? null;
    } catch {
      this.say("The server does not answer. What you wrote is kept here; try again in a moment.");
      return;
    }
    if (verdict === null) {
      this.say(refusal ?? "It was not taken.");
      return;
    }
    this.say("");
    const shown = document.importNode(verdict, true);
    place.replaceChildren(shown);
    place.hidden = false;
    const show = () => shown.scrollIntoView({ block: "nearest" });
    show();
    shown.addEventListener("gavel-judged", show, { once: true });
  }

  private readonly diagnosed = (event: Event): void => {
    this.code?.showDiagnostics((event as CustomEvent<Diagnostic[]>).detail);
  };

  /** A link to a line of the source is one into the editor here. */
  private readonly clicked = (event: MouseEvent): void => {
    const link = (event.target as Element | null)?.closest?.<HTMLElement>("a[data-line]");
    if (link == null || this.code === null) return;
    event.preventDefault();
    this.code.goToLine(Number(link.dataset["line"]));
  };
}
