// Runs one scenario: `node run.mjs`, with settings as JSON in the first line of standard input. What only the harness can
// do is asked for on standard output, a line `? REQUEST`, and answered by a line of JSON.

import { createInterface } from "node:readline";

import { startProxy } from "./proxy.mjs";
import { Site } from "./site.mjs";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const settings = JSON.parse((await lines.next()).value);

const scenarios = (await import(`./scenarios/${settings.file}.mjs`));
const scenario = scenarios[settings.scenario];
if (scenario === undefined) throw new Error(`there is no scenario ${settings.scenario} in ${settings.file}.mjs`);

const proxy = await startProxy(settings);
const site = await Site.open(settings, proxy);

/** Asks the harness; takes new addresses from its answer. */
site.ask = async request => {
  console.log(`? ${request}`);
  Object.assign(settings, JSON.parse((await lines.next()).value));
};

let failed = false;
try {
  await scenario(site);
  site.assertNoFaults();
} catch (error) {
  failed = true;
  console.error(error);
  if (site.faults.length > 0) console.error("faults:", site.faults);
  const pages = site.browser.contexts().flatMap(context => context.pages());
  for (const page of pages) {
    console.error(`--- ${page.url()}`);
    await site.shoot(page, "failed").catch(() => {});
    console.error(await page.innerText("body", { timeout: 5000 }).catch(() => ""));
  }
}
await site.browser.close();
proxy.close();
process.exit(failed ? 1 : 0);
