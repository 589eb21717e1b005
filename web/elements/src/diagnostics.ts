/** What compilers say, line by line: where it names a line of the source. */

/** A complaint about a place. */
export interface Diagnostic {
  /** From 1. */
  line: number;
  /** From 1; `null` where only the line is known. */
  column: number | null;
  severity: "error" | "warning" | "info";
  message: string;
  /** Which line of the output says it, from 0. */
  outputLine: number;
}

/** `main.cpp:3:5: error: …`, `Main.java:3: error: …`, `main.rs(3,5): …`; a path before the name does not count. */
const PLACE = /^\s*(?:-->\s*)?[^\s:()]+\.[A-Za-z0-9_]+[:(](\d{1,7})(?:[:,](\d{1,7}))?\)?:?\s*(.*)$/;
/** `  File "main.py", line 3`: what is wrong is said at the end. */
const PYTHON = /^\s*File "[^"]+", line (\d{1,7})/;

/** Compilers can say very much; what is past this adds nothing. */
const MOST = 200;

/** Finds the places in what a compiler said. */
export function diagnosticsOf(output: string): Diagnostic[] {
  const lines = output.split("\n");
  const found: Diagnostic[] = [];
  for (const [outputLine, text] of lines.entries()) {
    if (found.length >= MOST) break;
    const place = PLACE.exec(text);
    if (place !== null) {
      const said = place[3] || lines[outputLine - 1] || text;
      found.push({
        line: Number(place[1]),
        column: place[2] === undefined ? null : Number(place[2]),
        severity: severityOf(said),
        message: said.trim(),
        outputLine,
      });
      continue;
    }
    const python = PYTHON.exec(text);
    if (python !== null) {
      const said = lines.slice(outputLine + 1).findLast(line => /^\w*(Error|Exception|Warning)\b/.test(line));
      const message = said ?? text.trim();
      found.push({ line: Number(python[1]), column: null, severity: severityOf(message), message, outputLine });
    }
  }
  return found;
}

function severityOf(text: string): Diagnostic["severity"] {
  if (/^\s*(?:\w+\s+)?warning\b/i.test(text)) return "warning";
  return /^\s*(note|info|help)\b/i.test(text) ? "info" : "error";
}

/**
 * Makes links of the places in a `pre` that holds what a compiler said: to the address of the line below `base`
 * (`#L3`), and with `data-line` for an editor on the same page. Where the server has made links already, they only learn where they lead.
 */
export function linkLines(pre: HTMLElement, base: string): Diagnostic[] {
  const output = pre.textContent ?? "";
  const found = diagnosticsOf(output);
  const made = pre.querySelectorAll<HTMLAnchorElement>("a[href^='#']");
  for (const link of made) {
    const anchor = link.getAttribute("href") ?? "";
    // Of several files only the first is in an editor.
    if (/^#L\d+$/.test(anchor)) link.dataset["line"] = anchor.slice(2);
    link.href = base + anchor;
  }
  if (made.length > 0) return found;
  const places = new Map(found.map(place => [place.outputLine, place]));
  const parts: (string | HTMLElement)[] = [];
  for (const [number, text] of output.split("\n").entries()) {
    if (number > 0) parts.push("\n");
    const place = places.get(number);
    if (place === undefined) {
      parts.push(text);
      continue;
    }
    const end = endOfPlace(text);
    const link = document.createElement("a");
    link.href = `${base}#L${place.line}`;
    link.dataset["line"] = String(place.line);
    link.textContent = text.slice(0, end);
    parts.push(link, text.slice(end));
  }
  pre.replaceChildren(...parts);
  return found;
}

/** Where the name of a place ends: `main.cpp:3:5` of `main.cpp:3:5: error: …`. */
function endOfPlace(text: string): number {
  const python = PYTHON.exec(text);
  if (python !== null) return python[0].length;
  const place = /^\s*(?:-->\s*)?[^\s:()]+[:(]\d+(?:[:,]\d+)?\)?/.exec(text);
  return place === null ? text.length : place[0].length;
}
