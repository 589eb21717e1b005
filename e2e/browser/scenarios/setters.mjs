// What setters and administrators do with problems.

import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { filesBelow, zip } from "../zip.mjs";
import { WRONG, judged, openProblem, submit } from "./steps.mjs";

const LIBRARY = fileURLToPath(new URL("../../../problems/library", import.meta.url));

/** Ends a verification in seconds; each is one of the ways in which an example can be expected to end. */
const FEW = ["accepted/add.py", "wrong_answer/minus.py", "run_time_error/lines.py"];

/** The package of `aplusb` with few examples, with `changes` to its files: texts, or null for those that are left out. */
async function packaged(changes = {}) {
  const files = await filesBelow(join(LIBRARY, "aplusb"));
  for (const path of files.keys()) {
    if (path.startsWith("submissions/") && !FEW.some(few => path.endsWith(few))) files.delete(path);
  }
  for (const [path, content] of Object.entries(changes)) {
    if (content === null) files.delete(path);
    else files.set(path, content);
  }
  return zip(files);
}

function file(name, buffer) {
  return { name, mimeType: "application/zip", buffer };
}

/** A page of somebody who is signed in with a token of that role. */
async function signedIn(site, user, role, options = {}) {
  const { status, body } = await site.api("POST", "/api/v1/tokens", { user, role, label: "browser" });
  assert.ok(status < 300, JSON.stringify(body));
  const page = await site.visitor(options);
  await page.goto("/sign-in");
  await page.getByLabel("Password").fill(body.token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("link", { name: user, exact: true }).waitFor();
  return page;
}

/** Waits until a verification or a rejudge is through. */
async function through(page, words) {
  await page.locator("gavel-follow[data-final] .verdict h1", { hasText: words }).waitFor();
}

async function uploadForm(page, scriptless) {
  await page.goto("/setter");
  await page.getByRole("link", { name: "Upload a problem" }).first().click();
  await page.locator("input[name=package]").waitFor();
  if (!scriptless) await page.locator("gavel-upload[ready]").waitFor();
}

const BAD_YAML = "problem_format_version: 2025-09\nname: [1]\nuuid: x\nlimits:\n  memory: lots\n";

/** From a package with errors to a problem that everybody sees; each verdict of the verification is seen as it comes. */
export async function a_setter_uploads_verifies_and_publishes(site) {
  const page = await signedIn(site, "sue", "setter");
  await page.goto("/setter");
  await site.look(page, "nothing-yet");
  await uploadForm(page);
  await site.look(page, "form");
  await page.locator("input[name=id]").fill("sums");
  await page.getByLabel("What is new").fill("the first try");
  await page.setInputFiles("input[type=file]", file("sums.zip", await packaged({ "problem.yaml": BAD_YAML })));
  await page.getByRole("button", { name: "Upload and verify" }).click();
  const errors = page.locator(".upload-errors .errors li");
  await errors.first().waitFor();
  const told = await errors.allInnerTexts();
  assert.ok(told.some(text => /problem\.yaml:2 name/.test(text)) && told.some(text => /problem\.yaml:5 limits\.memory/.test(text)), told.join("\n"));
  assert.equal(await page.getByLabel("What is new").inputValue(), "the first try", "nothing is lost");
  assert.equal(await page.locator("input[type=file]").evaluate(input => input.files.length), 1, "not even the file");
  await site.look(page, "errors");

  // The next one is dropped; one of its examples is not what the package says.
  const bytes = [...(await packaged({ "submissions/wrong_answer/right.py": "print(sum(map(int, input().split())))\n" }))];
  const dropped = await page.evaluateHandle(bytes => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(bytes)], "sums.zip", { type: "application/zip" }));
    return data;
  }, bytes);
  await page.locator("gavel-upload form").dispatchEvent("drop", { dataTransfer: dropped });
  await page.getByRole("button", { name: "Upload and verify" }).click();
  await page.waitForURL("**/setter/problems/sums/verifications/*");
  await page.locator("gavel-follow .examples tbody tr").first().waitFor();
  await site.shoot(page, "verifying");
  await through(page, /1 not as the package expects/);
  const row = name => page.locator(".examples tr", { hasText: name }).first();
  assert.match(await row("accepted/add.py").innerText(), /AC[^]*AC[^]*as expected/);
  assert.match(await row("wrong_answer/minus.py").innerText(), /WA[^]*WA[^]*as expected/);
  assert.match(await row("wrong_answer/right.py").innerText(), /WA[^]*AC[^]*not as expected/);
  assert.match(await row("Test data").innerText(), /as expected/);
  await site.look(page, "verified-badly");

  // Nobody else sees it.
  const other = await site.visitor();
  assert.equal((await other.goto("/problems/sums")).status(), 404);
  await other.goto("/problems");
  assert.equal(await other.locator('a[href="/problems/sums"]').count(), 0);

  await page.goto("/setter/problems/sums");
  await site.look(page, "problem");
  await page.getByLabel("What is new").fill("without the wrong example");
  await page.setInputFiles("input[type=file]", file("sums.zip", await packaged()));
  await page.getByRole("button", { name: "Upload and verify" }).click();
  await page.waitForURL("**/setter/problems/sums/verifications/*");
  await through(page, /All is as the package expects/);
  await site.look(page, "verified");
  await page.getByRole("button", { name: "Publish the problem" }).click();
  await page.waitForURL("**/setter/problems/sums");
  await page.getByText("everybody sees it").waitFor();
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download version 1" }).click();
  assert.equal((await download).suggestedFilename(), "sums-1.zip");
  await page.getByRole("button", { name: /Make current/ }).click();
  await page.getByText("version 1 · everybody").waitFor();
  await site.look(page, "published");
  await openProblem(other, "sums");
  await page.goto("/setter");
  await site.look(page, "list");
}

/** The same with plain forms, on a page that looks again by itself. */
export async function a_setter_needs_no_javascript(site) {
  const page = await signedIn(site, "sue", "setter", { javaScriptEnabled: false });
  await uploadForm(page, true);
  await page.locator("input[name=id]").fill("plain");
  await page.getByLabel("What is new").fill("by hand");
  await page.getByRole("checkbox").uncheck();
  await page.setInputFiles("input[type=file]", file("plain.zip", await packaged({ "problem.yaml": BAD_YAML })));
  await page.getByRole("button", { name: "Upload and verify" }).click();
  await page.locator(".errors li", { hasText: "limits.memory" }).waitFor();
  assert.equal(await page.locator("input[name=id]").inputValue(), "plain");
  assert.equal(await page.getByLabel("What is new").inputValue(), "by hand");
  assert.equal(await page.getByRole("checkbox").isChecked(), false);
  await site.shoot(page, "errors");
  await page.setInputFiles("input[type=file]", file("plain.zip", await packaged()));
  await page.getByRole("button", { name: "Upload and verify" }).click();
  await page.waitForURL("**/setter/problems/plain/verifications/*");
  await through(page, /All is as the package expects/);
  await site.shoot(page, "verified");
  await page.goto("/setter/problems/plain");
  await page.getByRole("button", { name: "Hide" }).click();
  await page.getByText("only sue and administrators see it").waitFor();
  await page.getByRole("button", { name: "Publish" }).click();
  await page.getByText("everybody sees it").waitFor();
}

const TURNED = `name: A plus B`;

/** The answers of the tests are mended; who was wrong by the old ones is judged anew, and it counts when an administrator says so. */
export async function an_admin_rejudges_after_a_look(site) {
  const page = await signedIn(site, "root", "admin");
  // By this package, what is wrong is right.
  const files = await filesBelow(join(LIBRARY, "aplusb"));
  const changes = {};
  for (const [path, content] of files) {
    if (!path.endsWith(".in")) continue;
    const [a, b] = content.toString().split(/\s+/).map(BigInt);
    changes[path.replace(/\.in$/, ".ans")] = `${a - b - 1n}\n`;
  }
  changes["problem.yaml"] = files.get("problem.yaml").toString().replace(/^name: .*$/m, TURNED);
  for (const path of FEW) changes[`submissions/${path}`] = null;
  changes["submissions/accepted/turned.py"] = WRONG;
  const put = await site.api("PUT", "/api/v1/problems/turned", await packaged());
  assert.ok(put.status < 300, JSON.stringify(put.body));
  const student = await site.visitor();
  await openProblem(student, "turned");
  await submit(student, "python3", WRONG);
  await judged(student, "wa");
  const id = await student.locator("gavel-verdict").getAttribute("data-submission");
  await student.goto(`/submissions/${id}`);
  await judged(student, "wa");
  const second = await site.api("PUT", "/api/v1/problems/turned?message=other%20answers", await packaged(changes));
  assert.ok(second.status < 300, JSON.stringify(second.body));

  await page.goto("/setter/problems/turned");
  await page.locator("#rejudge").getByLabel("Verdict").selectOption("AC");
  await page.getByRole("button", { name: "Judge them anew" }).click();
  await page.locator(".errors", { hasText: "no such submission" }).waitFor();
  assert.equal(await page.locator("#rejudge").getByLabel("Verdict").inputValue(), "AC", "the form is as it was");
  await site.look(page, "nothing-to-rejudge");
  await page.locator("#rejudge").getByLabel("Verdict").selectOption("WA");
  await page.getByRole("button", { name: "Judge them anew" }).click();
  await page.waitForURL("**/setter/problems/turned/rejudges/*");
  await through(page, /Would change 1 verdict/i);
  await site.look(page, "preview");
  await page.locator("#changes", { hasText: id }).waitFor();
  const before = await site.api("GET", `/api/v1/submissions/${id}`);
  assert.equal(before.body.judgement.verdict, "WA", "nothing counts yet");
  await page.getByRole("button", { name: /Apply/ }).click();
  await through(page, /Applied: 1 verdict changed/i);
  await site.look(page, "applied");
  // Who has the submission open sees it at once.
  await judged(student, "ac");

  await page.goto("/setter/problems/turned");
  await page.getByRole("button", { name: "Judge them anew" }).click();
  await through(page, /Would change no verdict/i);
  await page.getByRole("button", { name: "Discard" }).click();
  await through(page, /Discarded/);
  await site.look(page, "discarded");
  await page.goto("/setter/problems/turned");
  await site.look(page, "problem");
}

/** The same with plain forms. */
export async function a_rejudge_needs_no_javascript(site) {
  const page = await signedIn(site, "root", "admin", { javaScriptEnabled: false });
  const sent = await site.api("POST", "/api/v1/submissions", { problem: "aplusb", language: "python3", source: WRONG });
  const id = sent.body.id;
  await site.api("GET", `/api/v1/submissions/${id}?wait=30`);
  await page.goto("/setter/problems/aplusb");
  await page.locator("#rejudge").getByLabel("Submission").fill(id);
  await page.getByRole("button", { name: "Judge them anew" }).click();
  await through(page, /Would change no verdict/i);
  await site.shoot(page, "preview");
  await page.getByRole("button", { name: /Apply/ }).click();
  await through(page, /Applied/);
}

const ATTACKS = [
  "<script>window.__pwned='script'</script>",
  "<img src=x alt=x onerror=\"window.__pwned='image'\">",
  "\"><svg onload=\"window.__pwned='svg'\">",
  "</title></td></table><script>window.__pwned='closed'</script>",
];

/** Names of packages, problems, files and messages, on pages for setters. */
export async function hostile_packages_stay_text(site) {
  const page = await signedIn(site, "sue", "setter");
  const yaml = (await filesBelow(join(LIBRARY, "aplusb"))).get("problem.yaml").toString();
  const evil = {
    "problem.yaml": yaml.replace(/^name: .*$/m, `name: ${JSON.stringify(ATTACKS.join(" "))}`),
    [`odd/${ATTACKS[1].replaceAll("/", "")}`]: "x",
    [`submissions/accepted/${ATTACKS[1].replaceAll("/", "")}.py`]: "x",
    "submissions/wrong_answer/broken.cpp": `#error ${ATTACKS[0]}\n`,
    "submissions/run_time_error/lines.py": `raise Exception(${JSON.stringify(ATTACKS[2])})\n`,
  };
  await uploadForm(page);
  await page.locator("input[name=id]").fill(ATTACKS[2].slice(0, 36));
  await page.getByLabel("What is new").fill(ATTACKS.join(" "));
  await page.setInputFiles("input[type=file]", file(`${ATTACKS[1].replaceAll("/", "")}.zip`, await packaged(evil)));
  await page.getByRole("button", { name: "Upload and verify" }).click();
  await page.locator(".errors li", { hasText: "id" }).first().waitFor();
  await site.shoot(page, "refused");
  await page.locator("input[name=id]").fill("evil");
  await page.getByRole("button", { name: "Upload and verify" }).click();
  await page.waitForURL("**/setter/problems/evil/verifications/*");
  await page.locator("gavel-follow[data-final]").waitFor();
  await site.look(page, "verification");
  for (const path of ["/setter", "/setter/problems/evil", "/problems", "/problems/evil"]) {
    await page.goto(path);
    await page.locator("main").waitFor();
    await site.look(page, path.replaceAll("/", "-").slice(1));
  }
  for (const attack of ATTACKS) {
    const text = encodeURIComponent(attack);
    for (const path of [`/setter/problems/${text}`, `/setter/problems/evil/verifications/${text}`, `/setter/problems/evil/rejudges/${text}`, `/setter?after=${text}`]) {
      await page.goto(path);
      await page.locator("main").waitFor();
    }
  }
  await page.goto("/setter/problems/evil");
  await page.locator("#rejudge").locator("input[name=user]").fill(ATTACKS[0]);
  await page.getByRole("button", { name: "Judge them anew" }).click();
  await page.locator(".errors").last().waitFor();
  await site.shoot(page, "rejudge-refused");
}

/** The pages of setters on a phone, and in the dark. */
export async function setters_have_phones_too(site) {
  const page = await signedIn(site, "sue", "setter", {
    viewport: { width: 375, height: 720 },
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
    colorScheme: "dark",
  });
  const fits = async name => {
    const wide = await page.evaluate(() => Math.max(document.documentElement.scrollWidth, innerWidth));
    assert.ok(wide <= 375, `${name} is ${wide} wide`);
    await site.look(page, name);
  };
  await uploadForm(page);
  await fits("form");
  await page.locator("input[name=id]").fill("small");
  await page.setInputFiles("input[type=file]", file("small.zip", await packaged()));
  await page.getByRole("button", { name: "Upload and verify" }).click();
  await page.waitForURL("**/setter/problems/small/verifications/*");
  await through(page, /as the package expects/);
  await fits("verification");
  await page.goto("/setter/problems/small");
  await fits("problem");
  await page.goto("/setter");
  await fits("list");
}
