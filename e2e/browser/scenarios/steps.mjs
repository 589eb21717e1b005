// Steps that many scenarios take.

export const ACCEPTED = "a, b = map(int, input().split())\nprint(a + b)\n";
export const WRONG = "a, b = map(int, input().split())\nprint(a - b - 1)\n";
export const BROKEN = "#include <iostream>\n\nint main() {\n    return nonsense;\n}\n";

/** Waits until the editor is there. */
export async function editor(page) {
  await page.locator("gavel-editor[ready]").waitFor();
}

/** Opens a problem's page. */
export async function openProblem(page, problem) {
  await page.goto(`/problems/${problem}`);
  await editor(page);
}

/** Writes a program in the editor. */
export async function write(page, language, source) {
  await page.selectOption("select[name=language]", language);
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(source);
  await page.waitForFunction(wanted => document.querySelector("textarea[name=source]").value === wanted, source);
}

/** Writes a program and submits it; waits until it is taken. */
export async function submit(page, language, source) {
  await write(page, language, source);
  const before = await page.evaluate(() => document.querySelector("gavel-verdict")?.dataset.submission ?? "");
  await page.getByRole("button", { name: "Submit" }).click();
  await page.waitForFunction(before => {
    const now = document.querySelector("gavel-verdict")?.dataset.submission ?? "";
    return now !== "" && now !== before;
  }, before);
}

/** Waits for a verdict, such as `ac`. */
export async function judged(page, verdict) {
  await page.locator(`gavel-verdict[data-final] .verdict.v-${verdict}`).waitFor();
}
