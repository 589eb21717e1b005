/**
 * `<gavel-upload>` around a form with a file: takes what is dropped on it, and sends the form without leaving the page, so
 * that the chosen file is still there when something is wrong with it. `.upload-errors` shows what is.
 */

export class GavelUpload extends HTMLElement {
  connectedCallback(): void {
    const form = this.querySelector("form");
    const input = this.querySelector<HTMLInputElement>("input[type=file]");
    if (form === null || input === null || this.hasAttribute("ready")) return;
    this.setAttribute("ready", "");
    this.addEventListener("dragover", event => {
      event.preventDefault();
      this.toggleAttribute("dropping", true);
    });
    for (const leaving of ["dragleave", "drop"]) this.addEventListener(leaving, () => this.toggleAttribute("dropping", false));
    this.addEventListener("drop", event => {
      event.preventDefault();
      const files = event.dataTransfer?.files;
      if (files === undefined || files.length === 0) return;
      input.files = files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
    form.addEventListener("submit", event => {
      event.preventDefault();
      void this.send(form);
    });
  }

  private async send(form: HTMLFormElement): Promise<void> {
    const button = form.querySelector("button");
    if (this.hasAttribute("sending")) return;
    this.toggleAttribute("sending", true);
    const words = button?.textContent ?? "";
    if (button !== null) button.textContent = "Sending …";
    try {
      const response = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "text/html" } });
      if (response.redirected && response.ok) return void location.assign(response.url);
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const told = page.querySelector(".upload-errors") ?? page.querySelector("main section");
      this.tell(...(told === null ? [] : document.importNode(told, true).childNodes));
    } catch {
      const text = document.createElement("p");
      text.textContent = "It could not be sent: the connection is lost, or the file has changed since it was chosen. Choose it again.";
      const box = document.createElement("div");
      box.className = "errors";
      box.setAttribute("role", "alert");
      box.append(text);
      this.tell(box);
    }
    this.toggleAttribute("sending", false);
    if (button !== null) button.textContent = words;
  }

  private tell(...nodes: Node[]): void {
    const place = this.querySelector<HTMLElement>(".upload-errors");
    place?.replaceChildren(...nodes);
    place?.scrollIntoView({ block: "nearest" });
  }
}
