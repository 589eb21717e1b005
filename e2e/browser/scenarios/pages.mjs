// What people do on the pages.

import assert from "node:assert/strict";

import { ACCEPTED, BROKEN, WRONG, editor, judged, openProblem, submit, write } from "./steps.mjs";

/** Takes its time in each case, so that there is something to watch. */
const SLOW = `import time\n${ACCEPTED}time.sleep(0.4)\n`;

/** From the front page to a first AC, with the keyboard where it is quicker; each case is seen as it finishes. */
export async function a_problem_is_solved_while_its_cases_tick(site) {
  const page = await site.visitor();
  await page.goto("/");
  await site.look(page, "front");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Problems" }).click();
  await page.getByRole("link", { name: "A plus B" }).first().waitFor();
  await site.look(page, "problems");
  await page.locator('a[href="/problems/aplusb"]').first().click();
  await editor(page);
  await site.look(page, "problem");
  await write(page, "python3", SLOW);
  await page.keyboard.press("Control+Enter");
  const rows = page.locator("gavel-verdict .live .cases li");
  await rows.first().waitFor();
  const first = await rows.first().innerText();
  assert.match(first, /AC/);
  assert.match(first, /ms|µs|\ds/, "how long it took");
  await rows.nth(2).waitFor();
  await site.shoot(page, "ticking");
  await judged(page, "ac");
  const bar = await page.locator("gavel-verdict progress").count();
  assert.equal(bar, 0, "the end is the server's");
  await site.look(page, "accepted");
  assert.equal(await page.getByRole("status").filter({ hasText: /accepted/i }).count() > 0, true, "it is said aloud");
  assert.equal(new URL(page.url()).pathname, "/problems/aplusb", "without a new page");
  await page.goto("/submissions");
  await site.look(page, "submissions");
}

/** Somebody makes an account and solves a problem; live news come with a ticket of their session. */
export async function an_account_is_made_and_used(site) {
  const page = await site.visitor();
  await page.goto("/register");
  await site.look(page, "register");
  await page.getByLabel("Name").fill("nina");
  await page.getByLabel("Password").fill("correct horse battery");
  await page.getByLabel("The same again").fill("correct horse battery");
  await page.getByRole("button", { name: "Make the account" }).click();
  await page.getByRole("link", { name: "nina" }).waitFor();
  const ticket = page.waitForResponse(response => response.url().endsWith("/api/v1/tickets"));
  await openProblem(page, "aplusb");
  await submit(page, "python3", SLOW);
  assert.equal((await ticket).status(), 201);
  await page.locator("gavel-verdict .live .cases li").first().waitFor();
  await judged(page, "ac");
  await page.goto("/account");
  await site.look(page, "account");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.goto("/sign-in");
  await site.look(page, "sign-in");
  await page.getByLabel("Name").fill("nina");
  await page.getByLabel("Password").fill("correct horse battery");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("link", { name: "nina" }).waitFor();
  await page.goto("/problems");
  await page.getByText("solved", { exact: true }).first().waitFor({ state: "attached" });
}

/** The first difference on a sample is shown. */
export async function a_wrong_answer_shows_what_was_different(site) {
  const page = await site.visitor();
  await openProblem(page, "aplusb");
  await submit(page, "python3", WRONG);
  await judged(page, "wa");
  await page.locator("gavel-verdict .cases li.v-wa").first().waitFor();
  await site.look(page, "wrong");
}

/** What the compiler says leads to the line, in the editor and in the source of the submission's own page. */
export async function a_compile_error_leads_to_its_line(site) {
  const page = await site.visitor();
  await openProblem(page, "aplusb");
  await submit(page, "cpp", BROKEN);
  await judged(page, "ce");
  await page.locator(".cm-lint-marker-error").first().waitFor();
  await site.look(page, "compile-error");
  await page.locator("gavel-verdict pre.output a").first().click();
  const line = await page.locator(".cm-activeLine").first().innerText();
  assert.match(line, /nonsense/);
  await page.getByRole("link", { name: "source and history" }).first().click();
  const link = page.locator("gavel-verdict pre.output a").first();
  await link.waitFor();
  await site.look(page, "compile-error-page");
  await link.click();
  const target = page.locator(":target");
  await target.waitFor();
  assert.match(await target.innerText(), /nonsense/);
}

/** Sockets are cut, and the gateway is restarted, while a program is judged. */
export async function a_verdict_survives_lost_connections(site) {
  const page = await site.visitor();
  await openProblem(page, "aplusb");
  await submit(page, "python3", SLOW);
  await page.locator("gavel-verdict .live .cases li").first().waitFor();
  assert.equal(site.proxy.cut(), 1, "one connection for the page");
  await judged(page, "ac");
  await submit(page, "python3", SLOW);
  await page.locator("gavel-verdict .live .cases li").first().waitFor();
  await site.ask("restart gateways");
  await judged(page, "ac");
  await submit(page, "python3", WRONG);
  await judged(page, "wa");
}

/** Everything that matters is there with plain forms; a page that waits looks again by itself. */
export async function all_is_there_without_javascript(site) {
  const page = await site.visitor({ javaScriptEnabled: false });
  await page.goto("/problems/aplusb");
  await site.shoot(page, "problem");
  await page.selectOption("select[name=language]", "python3");
  await page.fill("textarea[name=source]", SLOW);
  await page.getByRole("button", { name: "Submit" }).click();
  await page.waitForURL("**/submissions/*");
  await site.shoot(page, "waiting");
  await judged(page, "ac");
  await site.shoot(page, "accepted");
  assert.match(await page.locator("body").innerText(), /Sample 1[^]*AC/);
  const edit = page.getByRole("link", { name: /Edit and submit again/ });
  await edit.click();
  assert.equal(await page.inputValue("textarea[name=source]"), SLOW);
  await page.setInputFiles("input[type=file]", { name: "wrong.py", mimeType: "text/plain", buffer: Buffer.from(WRONG) });
  await page.fill("textarea[name=source]", "");
  await page.getByRole("button", { name: "Submit" }).click();
  await judged(page, "wa");
  await page.getByRole("button", { name: "Dark" }).click();
  assert.equal(await page.locator("html").getAttribute("data-theme"), "dark");
  await page.goto("/problems/aplusb");
  await page.selectOption("select[name=language]", "cpp");
  await page.fill("textarea[name=source]", BROKEN);
  await page.getByRole("button", { name: "Submit" }).click();
  await judged(page, "ce");
  await page.locator("pre.output a").first().click();
  assert.match(await page.locator(":target").innerText(), /nonsense/);
  await compareTwo(site, page);
}

/** Marks the two newest submissions in the list and compares them. */
async function compareTwo(site, page) {
  await page.goto("/submissions");
  await site.shoot(page, "list");
  for (const box of (await page.getByRole("checkbox", { name: /^Compare/ }).all()).slice(0, 2)) await box.check();
  await page.getByRole("button", { name: /^Compare/ }).click();
  await page.getByRole("heading", { name: "Comparison" }).waitFor();
  await page.locator(".difference tr.added").first().waitFor();
  await site.shoot(page, "comparison");
}

/** Sources are coloured in both looks, lines have addresses, and two submissions are compared; the timeline tells what took how long. */
export async function submissions_are_read_again_and_compared(site) {
  const page = await site.visitor();
  await openProblem(page, "aplusb");
  for (const [source, verdict] of [[WRONG, "wa"], [ACCEPTED, "ac"]]) {
    await submit(page, "python3", source);
    await judged(page, verdict);
  }
  await page.getByRole("link", { name: "source and history" }).first().click();
  await page.locator(".source .line .t").first().waitFor();
  assert.match(await page.locator(".source").first().evaluate(source => source.querySelector("pre").textContent), /^a, b = map/);
  await page.locator(".source .line a").nth(1).click();
  assert.match(await page.locator(":target").innerText(), /print/);
  await page.getByText("First test case").waitFor();
  await site.look(page, "submission");
  // Whoever watches on this page is told the timeline when there is one.
  const body = JSON.stringify({ problem: "aplusb", language: "python3", source: SLOW });
  const sent = await page.request.post("/api/v1/submissions", { data: body, headers: { "content-type": "application/json" } });
  const own = page.url();
  await page.goto(`/submissions/${(await sent.json()).id}`);
  await judged(page, "ac");
  await page.getByText("First test case").waitFor();
  await page.goto(own);
  await page.getByRole("button", { name: "Dark" }).click();
  await page.waitForFunction(() => document.documentElement.dataset.theme === "dark");
  await site.look(page, "submission-dark");
  await page.getByRole("link", { name: "Compare with the one before" }).click();
  await page.locator(".difference tr.removed").first().waitFor();
  await page.getByText("changed", { exact: true }).first().waitFor();
  await site.look(page, "comparison-dark");
  await page.setViewportSize({ width: 375, height: 720 });
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 375, "fits a phone");
  await site.look(page, "comparison-phone");
  await compareTwo(site, page);
  await page.goto("/submissions?state=done&verdict=AC");
  assert.equal(await page.locator("table.list tbody tr").count(), 2);
  await site.look(page, "narrowed");
  await page.goto("/compare");
  await page.getByText("Choose two submissions").waitFor();
  await site.look(page, "compare-nothing");
}

/** Nobody needs a mouse: from the front page to a verdict with the keyboard alone. */
export async function a_keyboard_is_enough(site) {
  const page = await site.visitor();
  await page.goto("/");
  const focused = () =>
    page.evaluate(() => {
      let element = document.activeElement;
      while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
      return `${element?.tagName} ${element?.getAttribute("href") ?? element?.getAttribute("name") ?? element?.className ?? ""}`;
    });
  const tabTo = async wanted => {
    for (let presses = 0; presses < 60; presses += 1) {
      await page.keyboard.press("Tab");
      if (wanted.test(await focused())) return;
    }
    assert.fail(`${wanted} is not reached with Tab; last was ${await focused()}`);
  };
  await page.keyboard.press("Tab");
  assert.match(await focused(), /#content/, "what is on every page can be skipped");
  await tabTo(/^A \/problems\/aplusb$/);
  await page.keyboard.press("Enter");
  await editor(page);
  await tabTo(/^SELECT language/);
  await page.keyboard.type("Python 3");
  assert.equal(await page.inputValue("select[name=language]"), "python3");
  await tabTo(/^DIV cm-content/);
  await page.keyboard.insertText(ACCEPTED);
  await page.keyboard.press("Escape");
  await tabTo(/^BUTTON/);
  await page.keyboard.press("Enter");
  await judged(page, "ac");
  await site.shoot(page, "accepted");
}

/** Nothing is wider than the screen of a phone, and a program can be written and sent there. */
export async function a_phone_is_enough(site) {
  const page = await site.visitor({
    viewport: { width: 375, height: 720 },
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
  });
  const fits = async name => {
    // The browser of a phone makes its window wider instead, and the text smaller.
    const wide = await page.evaluate(() => Math.max(document.documentElement.scrollWidth, innerWidth));
    const stickingOut = await page.evaluate(() =>
      [...document.querySelectorAll("main *")]
        .filter(element => element.getBoundingClientRect().right > 375)
        .map(element => `${element.tagName}.${element.className}`),
    );
    assert.ok(wide <= 375, `${name} is ${wide} wide on a screen of 375: ${stickingOut.slice(0, 8).join(" ")}`);
    await site.look(page, name);
  };
  await page.goto("/");
  await fits("front");
  await page.goto("/problems");
  await fits("problems");
  await openProblem(page, "aplusb");
  await fits("problem");
  const size = await page.locator(".cm-content").evaluate(content => parseFloat(getComputedStyle(content).fontSize));
  assert.ok(size >= 16, `browsers of phones zoom into fields with text of ${size} px`);
  await write(page, "python3", ACCEPTED);
  await page.getByRole("button", { name: "Submit" }).tap();
  await judged(page, "ac");
  await fits("accepted");
  await page.goto("/submissions");
  await fits("submissions");
}

/** The theme is the system's, or the chosen one: at once, on the next page and for the editor. */
export async function dark_looks_are_chosen_and_kept(site) {
  const page = await site.visitor({ colorScheme: "dark" });
  const isDark = () =>
    page.evaluate(() => {
      const [red] = getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number);
      return red < 80;
    });
  await openProblem(page, "aplusb");
  assert.equal(await isDark(), true, "as the system has it");
  await write(page, "python3", ACCEPTED);
  await site.look(page, "problem");
  await page.getByRole("button", { name: "Submit" }).click();
  await judged(page, "ac");
  await site.look(page, "accepted");
  const told = page.waitForResponse(response => response.url().endsWith("/theme"));
  await page.getByRole("button", { name: "Light" }).click();
  assert.equal(await isDark(), false, "at once");
  await told;
  await page.goto("/problems");
  assert.equal(await isDark(), false, "on the next page");
  await page.getByRole("button", { name: "Dark" }).click();
  await page.waitForFunction(() => document.documentElement.dataset.theme === "dark");
  for (const path of ["/", "/problems", "/submissions"]) {
    await page.goto(path);
    await site.look(page, `dark${path.replaceAll("/", "-")}`);
  }
}

/** What was written is there again, with its language; files come in by choice and by drop. */
export async function drafts_and_files_come_into_the_editor(site) {
  const page = await site.visitor();
  await openProblem(page, "aplusb");
  await write(page, "cpp", "int main() {} // a draft\n");
  await page.waitForFunction(() => Object.values(localStorage).some(text => text.includes("a draft")));
  await openProblem(page, "aplusb");
  assert.match(await page.inputValue("textarea[name=source]"), /a draft/);
  assert.equal(await page.inputValue("select[name=language]"), "cpp");
  await openProblem(page, "inversions");
  assert.equal(await page.inputValue("textarea[name=source]"), "", "each problem has its own");
  assert.equal(await page.inputValue("select[name=language]"), "cpp", "the language of the last time");
  await page.setInputFiles("input[type=file]", { name: "solution.py", mimeType: "text/plain", buffer: Buffer.from(ACCEPTED) });
  await page.getByText("solution.py is in the editor").waitFor();
  assert.equal(await page.inputValue("textarea[name=source]"), ACCEPTED);
  assert.equal(await page.inputValue("select[name=language]"), "python3", "by the file's ending");
  const dropped = await page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(new File(["class Main {}\n"], "Main.java"));
    return data;
  });
  await page.locator(".cm-content").dispatchEvent("drop", { dataTransfer: dropped });
  await page.getByText("Main.java is in the editor").waitFor();
  assert.equal(await page.inputValue("textarea[name=source]"), "class Main {}\n");
  const noise = Buffer.from([0xff, 0xfe, 0x00, 0x80]);
  await page.setInputFiles("input[type=file]", { name: "a.out", mimeType: "application/octet-stream", buffer: noise });
  await page.getByText("a.out is not text").waitFor();
  await page.getByRole("button", { name: "Copy" }).first().click();
  await page.getByRole("button", { name: /Copied|Ctrl/ }).first().waitFor();
}

/** A program is tried on the samples and on an input of one's own, and that counts nowhere. */
export async function a_program_is_tried_without_submitting(site) {
  const page = await site.visitor();
  await openProblem(page, "aplusb");
  await write(page, "python3", `import sys\n${ACCEPTED}print("seen", file=sys.stderr)\n`);
  await page.keyboard.press("Control+Shift+Enter");
  await judged(page, "ac");
  await page.getByText("Sample 1").filter({ visible: true }).first().waitFor();
  await page.locator("gavel-verdict .run pre", { hasText: "seen" }).first().waitFor();
  await site.look(page, "samples");
  await page.getByText("Try it on an input of your own").click();
  await page.getByLabel("Input", { exact: true }).fill("40 2\n");
  await page.getByRole("button", { name: "Try" }).click();
  await page.locator("gavel-verdict[data-final] .run pre", { hasText: "42" }).waitFor();
  await page.getByRole("heading", { name: /ran to its end/i }).waitFor();
  await site.look(page, "own-input");
  await write(page, "cpp", BROKEN);
  await page.getByRole("button", { name: "Try" }).click();
  await judged(page, "ce");
  await page.locator(".cm-lint-marker-error").first().waitFor();
  await page.goto("/submissions");
  assert.equal(await page.locator('a[href^="/submissions/"], a[href^="/trials/"]').count(), 0);
}
