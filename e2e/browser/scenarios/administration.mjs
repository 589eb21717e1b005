// What administrators do, on a judge that asks who is there.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

import { ACCEPTED, editor, judged, openProblem, submit } from "./steps.mjs";

const ATTACK = "<script>window.__pwned='script'</script>\"><img src=x alt=x onerror=\"window.__pwned='image'\">";

/** Runs until its time is up, so that there is something to see in the queue. */
const ENDLESS = "import time\nwhile True:\n    time.sleep(1)\n";

async function signIn(page, name, password) {
  await page.goto("/sign-in");
  if (name !== "") await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Sign out" }).waitFor();
}

/** Somebody who may administer. */
async function administrator(site, options) {
  const page = await site.visitor(options);
  await signIn(page, "", site.settings.admin);
  return page;
}

/** Creates a user on their page; the password that is shown. */
async function create(page, name, role) {
  await page.goto("/admin/users");
  const form = page.locator("#new");
  await form.getByLabel("Name").fill(name);
  await form.getByLabel("Role").selectOption(role);
  await form.getByRole("button", { name: "Create" }).click();
  return page.locator(".secret").innerText();
}

/** Strangers read problems; who wants more is asked who they are, and comes back to where they were. */
export async function a_closed_judge_lets_in_whom_it_knows(site) {
  const admin = await administrator(site);
  const password = await create(admin, "nina", "user");
  const page = await site.visitor();
  await page.goto("/");
  await site.look(page, "front");
  for (const path of ["/problems", "/languages"]) {
    await page.goto(path);
    assert.equal(await page.getByRole("link", { name: "Submissions" }).count(), 0);
    await site.look(page, `stranger${path.replaceAll("/", "-")}`);
  }
  for (const path of ["/submissions", "/queue", "/account", "/admin/users"]) {
    const response = await page.goto(path);
    assert.equal(response.status(), 401, path);
    await page.getByRole("link", { name: "Sign in" }).first().waitFor();
  }
  await site.look(page, "refused");
  assert.equal((await page.goto("/register")).status(), 403, "accounts are made by administrators");
  await page.goto("/problems/aplusb");
  assert.equal(await page.locator("textarea").count(), 0);
  await site.look(page, "stranger-problem");
  await page.locator(".work").getByRole("link", { name: "Sign in" }).click();
  await page.getByLabel("Name").fill("nina");
  await page.getByLabel("Password").fill("a wrong one");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("Name or password is wrong").waitFor();
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("**/problems/aplusb");
  await editor(page);
  await submit(page, "python3", ACCEPTED);
  await judged(page, "ac");
  await page.goto("/queue");
  await page.getByRole("heading", { name: "Workers" }).waitFor();
  await site.look(page, "queue");
  assert.equal(await page.getByRole("heading", { name: "Being judged" }).count(), 0);
  assert.equal((await page.goto("/admin/users")).status(), 403);
}

/** A user signs in with the password that was made, loses their rights, and is locked out; the log tells all of it. */
export async function a_user_is_created_demoted_and_disabled(site) {
  const admin = await administrator(site);
  const password = await create(admin, "otto", "setter");
  assert.match(password, /^[a-z2-9]{4}(-[a-z2-9]{4}){2}$/);
  await site.look(admin, "created");
  const page = await site.visitor();
  await signIn(page, "otto", password);
  await page.goto("/account");
  await page.getByText("Role: setter").waitFor();

  await admin.getByLabel("Search").fill("TT");
  await admin.getByRole("button", { name: "Search" }).click();
  await admin.getByRole("link", { name: "otto" }).click();
  await admin.getByRole("heading", { name: "otto" }).waitFor();
  await site.look(admin, "user");
  await admin.getByLabel("Role").selectOption("user");
  await admin.getByRole("button", { name: "Change the role" }).click();
  await admin.locator(".limits li", { hasText: "Role user" }).waitFor();
  assert.equal((await page.goto("/account")).status(), 401, "signed out");
  await signIn(page, "otto", password);

  await admin.getByRole("button", { name: "Set the password" }).click();
  const other = await admin.locator(".secret").innerText();
  assert.notEqual(other, password);
  await signIn(page, "otto", other);
  await admin.goto("/admin/users/otto");
  await admin.getByRole("button", { name: "Disable" }).click();
  await admin.getByRole("button", { name: "Enable" }).waitFor();
  await site.look(admin, "disabled");
  await page.goto("/sign-in");
  await page.getByLabel("Name").fill("otto");
  await page.getByLabel("Password").fill(other);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("Name or password is wrong").waitFor();

  await create(admin, "paula", "admin");
  await admin.goto("/admin/users/paula");
  await admin.getByRole("button", { name: "Disable" }).click();
  await admin.getByText("last account that may administer").waitFor();
  await admin.goto("/admin/audit?subject=otto");
  for (const what of ["created a user", "changed a role", "changed a password", "disabled a user", "was not let in"]) {
    await admin.getByRole("cell", { name: what }).first().waitFor();
  }
  await site.look(admin, "audit");
  await admin.getByLabel("Did what").selectOption("user.role");
  await admin.getByRole("button", { name: "Search" }).click();
  await admin.waitForURL("**action=user.role**");
  assert.equal(await admin.getByRole("cell", { name: "created a user" }).count(), 0);
  await admin.getByRole("cell", { name: "changed a role" }).waitFor();
}

/** All that is wrong with a list is said by line; what is right makes everybody, and the passwords are downloaded. */
export async function many_users_are_created_from_a_list(site) {
  const admin = await administrator(site);
  await admin.goto("/admin/new-users");
  await site.look(admin, "empty");
  await admin.getByLabel("Users", { exact: true }).fill(`team1\n${ATTACK}\nteam1,king\nteam3,user,"a, b"\n`);
  await admin.getByRole("button", { name: "Create them" }).click();
  await admin.getByText("Line 2: the name must have at most 64 characters").waitFor();
  await admin.getByText("Line 3: the role must be").waitFor();
  await site.look(admin, "errors");
  const teams = Array.from({ length: 20 }, (_, at) => `team${at + 1},user`).join("\n");
  await admin.getByLabel("Users", { exact: true }).fill("");
  await admin.setInputFiles("input[type=file]", { name: "teams.csv", mimeType: "text/csv", buffer: Buffer.from(`name,role\n${teams}\n`) });
  await admin.getByRole("button", { name: "Create them" }).click();
  await admin.getByRole("heading", { name: "20 new users" }).waitFor();
  await site.look(admin, "created");
  const [download] = await Promise.all([
    admin.waitForEvent("download"),
    admin.getByRole("link", { name: "Download the table" }).click(),
  ]);
  assert.equal(download.suggestedFilename(), "users.csv");
  const table = (await readFile(await download.path(), "utf8")).split("\r\n");
  assert.equal(table[0], "name,role,password");
  const [name, , password] = table[7].split(",");
  assert.equal(name, "team7");
  const page = await site.visitor();
  await signIn(page, name, password);
}

/** A notice and a name are on every page, as text; closed submissions are told before anybody writes a program. */
export async function settings_are_seen_by_everybody(site) {
  const admin = await administrator(site);
  const password = await create(admin, "nina", "user");
  const page = await site.visitor();
  await signIn(page, "nina", password);
  await openProblem(page, "aplusb");
  const change = async (label, id, fill) => {
    await admin.goto("/admin/settings");
    await fill(admin.locator(`#${id} [name=value]`));
    await admin.getByRole("button", { name: `Change ${label}` }).click();
    await admin.waitForURL(/\/admin\/settings#/);
  };
  await change("Notice", "notice", field => field.fill(`Rooms close at six.\n${ATTACK}`));
  await change("Name of the site", "site_name", field => field.fill("<b>School</b>"));
  await change("Submissions", "submissions", field => field.selectOption("no"));
  await site.look(admin, "settings");
  // The page was opened before; what it sends is refused with a sentence.
  await page.locator(".cm-content").click();
  await page.keyboard.insertText(ACCEPTED);
  await page.getByRole("button", { name: "Submit" }).click();
  await page.getByText(/submissions are closed/i).first().waitFor();
  await page.goto("/problems/aplusb");
  await page.getByText("Submissions are closed at present").waitFor();
  await page.getByText("Rooms close at six.").waitFor();
  await site.look(page, "closed");
  for (const path of ["/", "/problems", "/languages", "/queue", "/account", "/nowhere"]) {
    await page.goto(path);
    await page.getByText("window.__pwned='image'").first().waitFor();
    assert.match(await page.title(), /<b>School<\/b>$/);
  }
  for (const path of ["/admin/users", "/admin/audit", `/admin/users?q=${encodeURIComponent(ATTACK)}`, `/admin/audit?subject=${encodeURIComponent(ATTACK)}`]) {
    await admin.goto(path);
    await admin.locator("main").waitFor();
  }
  await change("Submissions", "submissions", field => field.selectOption("yes"));
  await openProblem(page, "aplusb");
  await submit(page, "python3", ACCEPTED);
  await judged(page, "ac");
}

/** What runs comes and goes on the page by itself, and is cancelled there. */
export async function the_queue_is_watched_and_a_submission_cancelled(site) {
  const admin = await administrator(site);
  await admin.goto("/queue");
  await admin.getByRole("heading", { name: "Workers" }).waitFor();
  await site.look(admin, "idle");
  const sent = [];
  for (let number = 0; number < 12; number += 1) {
    const source = `# ${number}\n${ENDLESS}`;
    const { status, body } = await site.api("POST", "/api/v1/submissions", { problem: "aplusb", language: "python3", source, user: "eve" });
    assert.equal(status, 202);
    sent.push(body.id);
  }
  const last = sent.at(-1);
  await admin.locator(`#cancel-${last}`).click();
  await admin.waitForFunction(id => document.getElementById(`cancel-${id}`) === null, last);
  const { body } = await site.api("GET", `/api/v1/submissions/${last}`);
  assert.equal(body.judgement.state, "cancelled");
  await admin.locator("details[id] summary").first().click();
  await site.look(admin, "busy");
  for (const id of sent) await site.api("POST", `/api/v1/submissions/${id}/cancel`, {});
  // The page notices, and what was opened stays open.
  await admin.waitForFunction(() => document.querySelector('button[id^="cancel-"]') === null);
  assert.equal(await admin.locator("details[open]").count(), 1);
  await admin.goto("/admin/audit?action=submission.cancelled");
  await admin.getByRole("link", { name: last }).waitFor();
}

/** Forms and links are enough for all of it. */
export async function administration_needs_no_javascript(site) {
  const admin = await administrator(site, { javaScriptEnabled: false });
  const password = await create(admin, "nina", "user");
  await admin.getByRole("link", { name: "nina" }).first().click();
  await admin.getByRole("heading", { name: "nina" }).waitFor();
  const page = await site.visitor({ javaScriptEnabled: false });
  await signIn(page, "nina", password);
  await admin.reload();
  await admin.getByRole("button", { name: /End the session/ }).click();
  assert.equal((await page.goto("/account")).status(), 401);
  await admin.goto("/admin/settings");
  await admin.locator("#notice [name=value]").fill("Welcome");
  await admin.getByRole("button", { name: "Change Notice" }).click();
  await admin.getByText(/^Set on/).waitFor();
  await page.goto("/");
  await page.getByText("Welcome", { exact: true }).waitFor();
  await admin.getByRole("button", { name: "Back to the default of Notice" }).click();
  await admin.getByText(/^Set on/).waitFor({ state: "detached" });
  await admin.goto("/");
  assert.equal(await admin.locator(".notice").count(), 0);
  await admin.goto("/queue");
  await site.shoot(admin, "queue");
  const meta = await admin.locator("head noscript, head meta[http-equiv=refresh]").count();
  assert.ok(meta > 0, "it looks again by itself");
  await admin.goto("/languages");
  await admin.locator("summary").first().click();
  await admin.locator("details[open] pre").first().waitFor();
  await admin.goto("/admin/audit?user=admin");
  await admin.getByRole("cell", { name: "changed a setting" }).first().waitFor();
}

/** Nothing is wider than the screen of a phone, in the dark. */
export async function administration_fits_a_phone_in_the_dark(site) {
  const options = { viewport: { width: 375, height: 720 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true, colorScheme: "dark" };
  const admin = await administrator(site, options);
  await create(admin, "somebody.with+a-rather-long-name@school-of-programming.example", "user");
  for (const path of ["/admin/users", "/admin/users/admin", "/admin/new-users", "/queue", "/languages", "/admin/settings", "/admin/audit"]) {
    await admin.goto(path);
    const wide = await admin.evaluate(() => Math.max(document.documentElement.scrollWidth, innerWidth));
    const stickingOut = await admin.evaluate(() =>
      [...document.querySelectorAll("main *")]
        .filter(element => element.getBoundingClientRect().right > 375 && element.closest(".scroll") === null)
        .map(element => `${element.tagName}.${element.className}`),
    );
    assert.ok(wide <= 375, `${path} is ${wide} wide on a screen of 375: ${stickingOut.slice(0, 8).join(" ")}`);
    await site.look(admin, path.replaceAll("/", "-").slice(1));
  }
}
