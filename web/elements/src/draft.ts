/** What somebody was writing, kept in the browser: by user and problem. */

/** A text that is not finished. */
export interface Draft {
  language: string;
  source: string;
  /** When it was written, in milliseconds. */
  at: number;
}

/** Drafts that are kept; beyond, the oldest goes. */
const MOST = 100;

const PREFIX = "gavel.draft.";

/** The drafts of one user; `""` where nobody has a name. */
export class Drafts {
  private readonly prefix: string;

  constructor(
    user: string,
    private readonly storage: Storage | null = ownStorage(),
  ) {
    this.prefix = `${PREFIX}${user}.`;
  }

  /** The draft for a problem. */
  get(problem: string): Draft | null {
    return read(this.storage, this.prefix + problem);
  }

  /** Keeps a draft; an empty one is forgotten. Where the browser keeps nothing, nothing is kept. */
  set(problem: string, draft: Draft): void {
    try {
      if (draft.source.trim() === "") this.storage?.removeItem(this.prefix + problem);
      else this.storage?.setItem(this.prefix + problem, JSON.stringify(draft));
      this.prune();
    } catch {
      // Full, or forbidden.
    }
  }

  /** The language that was chosen last, for problems without a draft. */
  get language(): string | null {
    return this.storage?.getItem(`gavel.language.${this.prefix}`) ?? null;
  }

  set language(language: string) {
    try {
      this.storage?.setItem(`gavel.language.${this.prefix}`, language);
    } catch {
      // As above.
    }
  }

  private prune(): void {
    if (this.storage === null) return;
    const keys = Object.keys(this.storage).filter(key => key.startsWith(PREFIX));
    if (keys.length <= MOST) return;
    const age = (key: string) => read(this.storage, key)?.at ?? 0;
    const oldest = keys.sort((a, b) => age(a) - age(b)).slice(0, keys.length - MOST);
    for (const key of oldest) this.storage.removeItem(key);
  }
}

/** Browsers may forbid it by throwing. */
function ownStorage(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

function read(storage: Storage | null, key: string): Draft | null {
  try {
    const draft: unknown = JSON.parse(storage?.getItem(key) ?? "null");
    return isDraft(draft) ? draft : null;
  } catch {
    return null;
  }
}

function isDraft(value: unknown): value is Draft {
  if (typeof value !== "object" || value === null) return false;
  const draft = value as Record<string, unknown>;
  return typeof draft["language"] === "string" && typeof draft["source"] === "string" && typeof draft["at"] === "number";
}
