// What users write is text wherever it is shown.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
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
  await page.goto("/submissions");
  await site.look(page, "submissions");
  for (const box of (await page.getByRole("checkbox", { name: /^Compare/ }).all()).slice(0, 2)) await box.check();
  await page.getByRole("button", { name: /^Compare/ }).click();
  await page.getByRole("heading", { name: "Comparison" }).waitFor();
  await site.look(page, "comparison");
  await openProblem(page, "poisoned");
  // In the form, in addresses, in drafts.
  await page.fill("input[name=name]", ATTACKS[2]).catch(() => {});
  await write(page, "python3", ALL);
  await page.getByRole("button", { name: "Submit" }).click();
  await page.locator(".editor-note:not(:empty)").waitFor();
  await site.shoot(page, "name");
  for (const attack of ATTACKS) {
    const text = encodeURIComponent(attack);
    for (const path of [`/problems?q=${text}`, `/problems?tag=${text}`, `/problems/${text}`, `/submissions/${text}`, `/submissions?problem=${text}`, `/submissions?state=${text}`, `/compare?id=${text}&id=${text}`, `/${text}`]) {
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
    return [...document.fonts].map(font => `${font.family.replaceAll('"', "")}: ${font.status}`).sort();
  });
  assert.deepEqual(fonts, ["STIX Two Math: loaded", "STIX Two Math: unloaded"], "no more of the font than the formulas need");
  const isBlock = await page.locator('.statement math[display="block"]').count();
  assert.equal(isBlock, 1);
  await page.getByText("\\notacommand").first().waitFor();
  await site.look(page, "formulas");
}

/** The smallest document that a viewer of PDF shows. */
const PDF = [
  "%PDF-1.4",
  "1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj",
  "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj",
  "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj",
  "4 0 obj<</Length 44>>stream\nBT /F 24 Tf 40 100 Td (Add two numbers) Tj ET\nendstream endobj",
  "5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj",
  "trailer<</Root 1 0 R>>",
].join("\n");

/** A statement in PDF is in a frame of ours with a link beside it, one in several languages offers them, and files come with it. */
export async function statements_of_every_kind_are_shown(site) {
  await upload(site, "paper", async directory => {
    await rm(join(directory, "statement"), { recursive: true });
    await mkdir(join(directory, "statement"));
    await writeFile(join(directory, "statement/problem.en.pdf"), PDF);
    await writeFile(join(directory, "statement/problem.de.md"), "Addiere zwei Zahlen.\n");
    const yaml = await readFile(join(directory, "problem.yaml"), "utf8");
    await writeFile(join(directory, "problem.yaml"), yaml.replace(/^name: .*$/m, "name: {en: A sheet, de: Ein Blatt}"));
    await mkdir(join(directory, "attachments"), { recursive: true });
    await writeFile(join(directory, "attachments/kit.txt"), "a kit\n");
  });
  const page = await site.visitor();
  await openProblem(page, "paper");
  const frame = page.locator("iframe.pdf");
  assert.match(await frame.getAttribute("title"), /A sheet/);
  const box = await frame.boundingBox();
  assert.ok(box.height > 300 && box.width > 300, "there is room to read it");
  const file = await page.request.get((await frame.getAttribute("src")).split("#")[0]);
  assert.equal(file.headers()["content-type"], "application/pdf");
  assert.equal(file.headers()["x-frame-options"], "SAMEORIGIN");
  await page.getByRole("link", { name: "Open the statement (PDF)" }).waitFor();
  await site.look(page, "pdf");
  const kit = page.waitForEvent("download");
  await page.getByRole("link", { name: "kit.txt" }).click();
  assert.equal((await kit).suggestedFilename(), "kit.txt");
  await page.getByRole("navigation", { name: "Languages of the statement" }).getByRole("link", { name: "de" }).click();
  await page.getByText("Addiere zwei Zahlen.").waitFor();
  await page.getByRole("heading", { name: "Ein Blatt" }).waitFor();
  assert.equal(await page.locator(".statement").getAttribute("lang"), "de");
  await site.look(page, "german");
  await openProblem(page, "treasurenote");
  await page.locator(".dialogue .judge").first().waitFor();
  await page.locator(".dialogue .program").first().waitFor();
  await site.look(page, "dialogue");
}
