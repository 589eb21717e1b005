/** Small comforts: copying, times as the reader's clock has them, a theme that changes without a new page. */

/** How long a button says that it has copied, in milliseconds. */
const COPIED_FOR = 2000;

/**
 * Adds a button that copies the text of the first `pre`, `code` or `output` inside, or of the element that `for` names.
 */
export class GavelCopy extends HTMLElement {
  private button: HTMLButtonElement | null = null;

  connectedCallback(): void {
    if (this.button !== null || this.source() === null) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    const what = this.getAttribute("label");
    if (what !== null) button.setAttribute("aria-label", `Copy ${what}`);
    button.addEventListener("click", () => void this.copy(button));
    this.append(button);
    this.button = button;
  }

  private source(): HTMLElement | null {
    const id = this.getAttribute("for");
    return id === null ? this.querySelector<HTMLElement>("pre, code, output") : document.getElementById(id);
  }

  private async copy(button: HTMLButtonElement): Promise<void> {
    const done = await copyText(this.source()?.textContent ?? "");
    button.textContent = done ? "Copied" : "Press Ctrl+C";
    if (!done) select(this.source());
    setTimeout(() => (button.textContent = "Copy"), COPIED_FOR);
  }
}

/** Browsers give the clipboard only to pages over HTTPS and of this machine: elsewhere the old way is tried. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "hidden";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

function select(element: HTMLElement | null): void {
  if (element !== null) getSelection()?.selectAllChildren(element);
}

/** Shows the times below `root` as the reader's clock has them; what the server wrote stays as a title. */
export function showLocalTimes(root: ParentNode): void {
  for (const time of root.querySelectorAll<HTMLTimeElement>("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime()) || time.dataset["local"] !== undefined) continue;
    time.title = time.title || `${time.textContent ?? ""} UTC`;
    time.textContent = localTime(at);
    time.dataset["local"] = "";
  }
}

/** `2026-11-21 00:10`: the same form as the server's, so that columns stay as wide as they are. */
function localTime(at: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** Changes the theme at once; the server is told so that the next page has it too. */
export function switchThemeAtOnce(): void {
  document.addEventListener("submit", event => {
    const form = event.target as HTMLFormElement;
    const button = (event as SubmitEvent).submitter as HTMLButtonElement | null;
    if (button?.name !== "theme") return;
    event.preventDefault();
    const isAuto = button.value === "auto";
    if (isAuto) delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = button.value;
    document.querySelector("meta[name=color-scheme]")?.setAttribute("content", isAuto ? "light dark" : button.value);
    for (const other of form.querySelectorAll<HTMLButtonElement>("button[name=theme]")) {
      if (other === button) other.setAttribute("aria-pressed", "true");
      else other.removeAttribute("aria-pressed");
    }
    void send(form, button).catch(() => form.submit());
  });
}

/** Sends a form as the browser would. */
export function send(form: HTMLFormElement, submitter: HTMLElement | null): Promise<Response> {
  const data = new FormData(form, submitter);
  const isMultipart = form.enctype === "multipart/form-data";
  const body = isMultipart ? data : new URLSearchParams([...data].map(([name, value]) => [name, String(value)]));
  // Without the part that only the browser's own view is about.
  const address = submitter?.getAttribute("formaction") ?? form.getAttribute("action") ?? location.href;
  return fetch(address.split("#")[0] ?? address, { method: "POST", body, headers: { Accept: "text/html" } });
}
