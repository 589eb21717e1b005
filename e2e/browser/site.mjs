// A browser before a running Gavel. Whatever a scenario does, these hold: nothing of what users write is executed, the
// content security policy is never broken, no script fails, and nothing is fetched from anywhere else.

import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** How long anything may take: the machine may be busy with other tests. */
export const PATIENCE = 90_000;

export class Site {
  constructor(settings, proxy, browser) {
    Object.assign(this, { settings, proxy, browser });
    this.url = proxy.address;
    this.faults = [];
    this.shots = 0;
  }

  static async open(settings, proxy) {
    const browser = await chromium.launch({
      executablePath: settings.chromium,
      // Root cannot have Chromium's own sandbox; the machine's memory is not for sure below /dev/shm.
      args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--force-color-profile=srgb"],
      timeout: PATIENCE,
    });
    return new Site(settings, proxy, browser);
  }

  /** A page of somebody with no cookies yet. */
  async visitor(options = {}) {
    const context = await this.browser.newContext({
      baseURL: this.url,
      viewport: { width: 1280, height: 900 },
      locale: "en-GB",
      timezoneId: "Europe/Berlin",
      reducedMotion: "reduce",
      ...options,
    });
    context.setDefaultTimeout(PATIENCE);
    context.setDefaultNavigationTimeout(PATIENCE);
    await context.exposeBinding("__fault", (_, what) => void this.faults.push(what));
    await context.addInitScript(() => {
      Object.defineProperty(window, "__pwned", { set: what => window.__fault(`executed: ${what}`) });
      addEventListener("securitypolicyviolation", event =>
        window.__fault(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber} ${event.sample}`),
      );
    });
    const page = await context.newPage();
    page.on("dialog", dialog => {
      this.faults.push(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("pageerror", error => this.faults.push(`a script failed: ${error.stack ?? error}`));
    page.on("console", message => {
      // A server that is restarted is no fault of the page.
      const isNetwork = /net::ERR_|WebSocket connection|status of (4|5)\d\d/.test(message.text());
      if (message.type() === "error" && !isNetwork) this.faults.push(`console: ${message.text()}`);
    });
    page.on("request", request => {
      const { protocol, origin } = new URL(request.url());
      // The last two are parts of the browser, as its viewer of PDF is.
      const isOwn = origin === this.url || ["data:", "blob:", "about:", "chrome:", "chrome-extension:"].includes(protocol);
      if (!isOwn) this.faults.push(`asked another server: ${request.url()}`);
    });
    return page;
  }

  /** The interface, as a program uses it; with the admin's token. */
  async api(method, path, body, headers = {}) {
    const isBytes = body instanceof Uint8Array;
    const response = await fetch(this.settings.api + path, {
      method,
      headers: {
        authorization: `Bearer ${this.settings.admin}`,
        ...(body === undefined ? {} : { "content-type": isBytes ? "application/zip" : "application/json" }),
        ...headers,
      },
      body: body === undefined ? undefined : isBytes ? body : JSON.stringify(body),
    });
    return { status: response.status, body: await response.json().catch(() => null) };
  }

  /** Keeps a picture of the page, and looks whether everybody can use it. */
  async look(page, name) {
    await this.shoot(page, name);
    // Waiting for motion to end: colours in the middle of a change are no fault.
    await page.evaluate(AXE);
    const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
    const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    const told = grave.map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.map(node => `  ${node.html}\n  ${node.failureSummary}`).join("\n")}`);
    assert.equal(told.length, 0, `${name}: not everybody can use this page:\n${told.join("\n")}`);
  }

  /** Keeps a picture of the page. */
  async shoot(page, name) {
    await mkdir(this.settings.screenshots, { recursive: true });
    this.shots += 1;
    const file = `${this.settings.scenario}-${String(this.shots).padStart(2, "0")}-${name}.png`;
    await page.screenshot({ path: join(this.settings.screenshots, file), fullPage: true, timeout: PATIENCE });
  }

  /** What must never be; to be asked when a scenario is through. */
  assertNoFaults() {
    assert.deepEqual(this.faults, []);
  }
}
