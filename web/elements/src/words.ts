/** Verdicts, times and sizes in the words that the server uses: see `web/src/words.rs`. */

/** A verdict as it is shown: never by colour alone. */
export interface Badge {
  kind: string;
  icon: string;
  words: string;
}

const BADGES: Record<string, Badge> = {
  AC: { kind: "ac", icon: "✓", words: "accepted" },
  WA: { kind: "wa", icon: "✗", words: "wrong answer" },
  TLE: { kind: "tle", icon: "◷", words: "time limit exceeded" },
  MLE: { kind: "mle", icon: "▤", words: "memory limit exceeded" },
  OLE: { kind: "ole", icon: "≡", words: "output limit exceeded" },
  RTE: { kind: "rte", icon: "⚡", words: "runtime error" },
  CE: { kind: "ce", icon: "⚒", words: "compile error" },
  JE: { kind: "je", icon: "⚠", words: "judging error" },
};

/** The badge of a verdict; of one that is not known here, its name. */
export function badgeOf(verdict: string): Badge {
  return BADGES[verdict] ?? { kind: "other", icon: "•", words: verdict };
}

/** A time in microseconds: `14.5 ms`, `2.03 s`. */
export function time(us: number): string {
  if (us < 1000) return `${us} µs`;
  if (us < 1_000_000) return `${Math.floor(us / 1000)}.${Math.floor((us % 1000) / 100)} ms`;
  return `${Math.floor(us / 1_000_000)}.${String(Math.floor((us % 1_000_000) / 10_000)).padStart(2, "0")} s`;
}

/** A size in bytes: `3.5 MiB`, and `256 MiB` where tenths say nothing. */
export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ["KiB", "MiB", "GiB"];
  let unit = 1024;
  let at = 0;
  while (bytes >= unit * 1024 && at < units.length - 1) {
    unit *= 1024;
    at += 1;
  }
  const whole = Math.floor(bytes / unit);
  const tenth = Math.floor(((bytes % unit) * 10) / unit);
  return tenth === 0 || whole >= 100 ? `${whole} ${units[at]}` : `${whole}.${tenth} ${units[at]}`;
}

/** `1 case`, `2 cases`. */
export function count(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`;
}
