// What users write is text wherever it is shown.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { editor, judged, openProblem, submit, write } from "./steps.mjs";

const LIBRARY = fileURLToPath(new URL("../../../problems/library", import.meta.url));

/** Each tries another way out of where it stands. */
const ATTACKS = [
  "<script>window.__pwned='script'</script>",
  "<img src=x alt=x onerror=\"window.__pwned='image'\">",
  "\"><svg onload=\"window.__pwned='svg'\">",
  "' autofocus onfocus='window.__pwned=1' x='",
  "</pre></code></textarea></title><script>window.__pwned='closed'</script>",
  "<iframe srcdoc=\"<script>parent.__pwned='frame'</script>\"></iframe>",
  "{{constructor.constructor('window.__pwned=2')()}}",
];
const ALL = ATTACKS.join(" ");

/** Puts a package of the library, changed by `change`, on the server. */
async function upload(site, name, change) {
  const directory = join(site.settings.home, name);
  await cp(join(LIBRARY, "aplusb"), directory, { recursive: true });
  await change(directory);
  const run = promisify(execFile);
  const server = ["--server", site.settings.api, "--token", site.settings.admin];
  await run(site.settings.gavel, ["upload", "--no-verify", ...server, directory], { env: { PATH: "/usr/bin:/bin" } });
}

async function poison(directory) {
  const quoted = JSON.stringify(ALL);
  const yaml = await readFile(join(directory, "problem.yaml"), "utf8");
  await writeFile(
    join(directory, "problem.yaml"),
    yaml
      .replace(/^name: .*$/m, `name: ${JSON.stringify(ATTACKS[0])}`)
      .replace(/^credits: .*$/m, `credits: ${quoted}`)
      .replace(/^keywords: .*$/m, `keywords: [${ATTACKS.slice(0, 3).map(text => JSON.stringify(text)).join(", ")}]`),
  );
  const links = [
    "[a](javascript:window.__pwned='link')",
    "[b](data:text/html,<script>window.__pwned='data'</script>)",
    "![c](https://elsewhere.example/c.png)",
    "<a href=\"javascript:window.__pwned='raw'\">d</a>",
    "<style>body { background: url(https://elsewhere.example/s.png) }</style>",
    "<math><mtext><script>window.__pwned='math'</script></mtext></math>",
    "<form action=\"https://elsewhere.example/\"><button>e</button></form>",
    "<meta http-equiv=\"refresh\" content=\"0;url=https://elsewhere.example/\">",
    `$\\text{${ATTACKS[1]}}$ and $$\\href{javascript:window.__pwned=3}{x}$$`,
  ];
  await writeFile(join(directory, "statement/problem.en.md"), `${ATTACKS.join("\n\n")}\n\n${links.join("\n\n")}\n\nThe end.\n`);
  await mkdir(join(directory, "attachments"), { recursive: true });
  await writeFile(join(directory, "attachments/page.html"), ATTACKS[0]);
  const samples = join(directory, "data/sample");
  await writeFile(join(samples, "9.in"), `1 2\n`);
  await writeFile(join(samples, "9.ans"), `${ATTACKS[0]}\n`);
}

/** Names of problems, statements, samples, sources, what compilers and programs write: nothing of it is executed. */
export async function hostile_text_stays_text(site) {
  await upload(site, "poisoned", poison);
  const page = await site.visitor();
  await page.goto("/problems");
  await page.locator('a[href="/problems/poisoned"]').first().waitFor();
  await site.look(page, "problems");
  await openProblem(page, "poisoned");
  await page.getByText("The end.").waitFor();
  for (const link of await page.locator(".statement a").all()) {
    assert.doesNotMatch((await link.getAttribute("href")) ?? "", /^\s*(javascript|data):/i);
    await link.click({ modifiers: ["Control"] }).catch(() => {});
  }
  assert.equal(await page.locator(".statement form, .statement script, .statement style, .statement iframe").count(), 0);
  await site.look(page, "statement");
  const attachment = await page.request.get("/problems/poisoned/attachments/page.html");
  assert.match(attachment.headers()["content-disposition"] ?? "", /^attachment/);
  // Shown back by the compiler, by the validator and as a source.
  await submit(page, "cpp", `#error ${ALL}\n${ATTACKS.join("\n")}\n`);
  await judged(page, "ce");
  await site.shoot(page, "compiler");
  await submit(page, "python3", `input()\nprint(${JSON.stringify(ALL)})\n`);
  await judged(page, "wa");
  await site.shoot(page, "validator");
  const id = await page.locator("gavel-verdict").getAttribute("data-submission");
  await page.goto(`/submissions/${id}`);
  await judged(page, "wa");
  await site.look(page, "submission");
  await page.getByRole("link", { name: "Edit and submit again" }).click();
  await editor(page);
  assert.match(await page.inputValue("textarea[name=source]"), /__pwned='script'/);
  await site.shoot(page, "again");
  // In the form, in addresses, in drafts.
  await page.fill("input[name=name]", ATTACKS[2]).catch(() => {});
  await write(page, "python3", ALL);
  await page.getByRole("button", { name: "Submit" }).click();
  await page.locator(".editor-note:not(:empty)").waitFor();
  await site.shoot(page, "name");
  for (const attack of ATTACKS) {
    const text = encodeURIComponent(attack);
    for (const path of [`/problems?q=${text}`, `/problems?tag=${text}`, `/problems/${text}`, `/submissions/${text}`, `/submissions?problem=${text}`, `/${text}`]) {
      await page.goto(path);
      await page.locator("main").waitFor();
    }
  }
  await openProblem(page, "poisoned");
}

/** Formulas of statements are MathML, and Chromium draws them: a fraction is higher than a letter. */
export async function formulas_are_shown(site) {
  await upload(site, "formulas", async directory => {
    const text = "Inline $x$ and $\\frac{a+b}{\\sqrt{c_1^2 + d}}$.\n\n$$\\sum_{i=1}^{n} \\binom{n}{i} \\le 10^{18}$$\n\n$\\notacommand{x}$\n";
    await writeFile(join(directory, "statement/problem.en.md"), text);
  });
  const page = await site.visitor();
  await openProblem(page, "formulas");
  const heights = await page.locator(".statement math").evaluateAll(all => all.map(math => math.getBoundingClientRect().height));
  assert.equal(heights.length, 3, "what could not be rendered is told as text");
  const [letter, fraction, sum] = heights;
  assert.ok(letter > 5 && fraction > 1.5 * letter && sum > 2 * letter, `drawn as if they were text: ${heights}`);
  const fonts = await page.evaluate(async () => {
    await document.fonts.ready;
    return [...document.fonts].map(font => `${font.family.replaceAll('"', "")}: ${font.status}`);
  });
  assert.deepEqual(fonts, ["STIX Two Math: loaded"]);
  const isBlock = await page.locator('.statement math[display="block"]').count();
  assert.equal(isBlock, 1);
  await page.getByText("\\notacommand").first().waitFor();
  await site.look(page, "formulas");
}
