/**
 * Live results in a browser: one WebSocket for any number of subscriptions, that comes back by itself.
 *
 *     const events = new GavelEvents({ ticket: fetchTicket });
 *     const stop = events.subscribe({ submission: id }, message => show(message));
 *
 * After a lost connection it connects again, with a pause that is longer each time and partly random, subscribes again, and
 * names the last that it has heard of each submission, so that nothing is told twice and nothing is missed. Any gateway will
 * do. The protocol is in docs/api.md, under "Live results". No dependencies.
 */

/** What can be subscribed to. */
export type Target =
  | { submission: string }
  | { user: string }
  | { problem: string }
  | { queue: true };

/** A judgement, as the API has it; see the schema `Judgement` of /api/v1/openapi.json. */
export interface Judgement {
  id: string;
  state: "queued" | "running" | "done" | "cancelled";
  verdict: string | null;
  message: string | null;
  compiler_output: string | null;
  cpu_us: number | null;
  memory_bytes: number | null;
  cases_done: number;
  cases_total: number;
  [field: string]: unknown;
}

/** A submission with its newest judgement. */
export interface Submission {
  id: string;
  user: string;
  problem: string;
  language: string;
  created_at: string;
  judgement: Judgement;
}

/** How it is now: comes first, and again whenever something may have been missed. */
export type Snapshot =
  | { type: "snapshot"; submission: string; seq: number; view: Submission }
  | { type: "snapshot"; user: string; submissions: Submission[] }
  | { type: "snapshot"; problem: string; submissions: Submission[] };

/** What has become of a submission: the whole picture, never a difference. */
export interface Update {
  type: "update";
  seq: number;
  submission: string;
  judgement: string;
  user: string;
  problem: string;
  language: string;
  state: Judgement["state"];
  phase: "compiling" | "testing" | null;
  verdict: string | null;
  message: string | null;
  cases_done: number;
  cases_total: number;
  cpu_us: number;
  memory_bytes: number;
  /** The test cases that finished last, in order: some tens of them, so that one missed update costs nothing. */
  recent?: RecentRun[];
}

/** What became of one test case, while others are still to be run. */
export interface RecentRun {
  /** Its place in the order of running, from 1. */
  ordinal: number;
  /** Whether it is one of the problem's samples. */
  sample: boolean;
  verdict: string;
  cpu_us: number;
  memory_bytes: number;
}

/** How many wait in each band, and how many of them before one's own. `depth` is null while the queue is away. */
export interface QueueState {
  type: "queue";
  depth: { contest: number; interactive: number; bulk: number } | null;
  places: { submission: string; judgement: string; before: number }[];
}

/** A subscription that was refused: it is given up, but where the server is only busy. */
export interface Refused {
  type: "error";
  code: string;
  detail: string;
}

export type Message = Snapshot | Update | QueueState | Refused;

/** Whether news are coming in. */
export type ConnectionState = "connecting" | "open" | "closed";

export interface Options {
  /** Where the gateway is; the page's own host if missing. Such as `https://live.example.org`. */
  gateway?: string;
  /**
   * Fetches a ticket (`POST /api/v1/tickets`); null where none is needed, in open mode. Called before each connection: a
   * ticket is good once.
   */
  ticket?: () => Promise<string | null>;
  /** Hears of the connection: show people that what they see may be old. */
  onState?: (state: ConnectionState, reason: string) => void;
  /** Pauses between attempts, in milliseconds. */
  firstPause?: number;
  longestPause?: number;
}

interface Subscription {
  ref: number;
  target: Target;
  listener: (message: Message) => void;
  /** The last that was heard of the submission: JUDGEMENT:SEQ. */
  position: { judgement: string; seq: number } | null;
}

/** How often the server is asked for a sign of life, and how long it may take: a dead link says nothing by itself. */
const PING_EVERY = 25_000;
const PONG_WITHIN = 10_000;

/** Closed for good: connecting again would end the same way. */
const HOPELESS = new Set([4400]);

export class GavelEvents {
  private readonly subscriptions = new Map<number, Subscription>();
  private socket: WebSocket | null = null;
  private isClosed = false;
  private failures = 0;
  private nextRef = 1;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private ping: ReturnType<typeof setInterval> | undefined;
  private pong: ReturnType<typeof setTimeout> | undefined;
  private readonly hurry = () => this.reconnectNow();

  constructor(private readonly options: Options = {}) {
    globalThis.addEventListener?.("online", this.hurry);
    void this.connect();
  }

  /** Listens until the returned function is called. */
  subscribe(target: Target, listener: (message: Message) => void): () => void {
    const subscription: Subscription = { ref: this.nextRef++, target, listener, position: null };
    this.subscriptions.set(subscription.ref, subscription);
    this.ask(subscription);
    return () => {
      if (!this.subscriptions.delete(subscription.ref)) return;
      const isShared = [...this.subscriptions.values()].some(other => same(other.target, target));
      if (!isShared) this.send({ type: "unsubscribe", ...target });
    };
  }

  /** Ends everything. */
  close(): void {
    this.isClosed = true;
    globalThis.removeEventListener?.("online", this.hurry);
    this.forgetTimers();
    this.subscriptions.clear();
    this.socket?.close(1000);
    this.socket = null;
    this.tell("closed", "closed by the page");
  }

  private async connect(): Promise<void> {
    this.tell("connecting", "");
    let ticket: string | null = null;
    try {
      ticket = (await this.options.ticket?.()) ?? null;
    } catch (error) {
      return this.later(`no ticket: ${String(error)}`);
    }
    if (this.isClosed) return;
    const socket = new WebSocket(this.address(ticket));
    this.socket = socket;
    socket.onmessage = event => this.hear(socket, String(event.data));
    socket.onclose = event => {
      if (this.socket !== socket) return;
      this.socket = null;
      if (HOPELESS.has(event.code)) {
        this.isClosed = true;
        this.forgetTimers();
        return this.tell("closed", event.reason);
      }
      this.later(event.reason || `closed with code ${event.code}`);
    };
  }

  private address(ticket: string | null): string {
    const url = new URL("/api/v1/ws", this.options.gateway ?? location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    if (ticket !== null) url.searchParams.set("ticket", ticket);
    return url.href;
  }

  private later(reason: string): void {
    this.forgetTimers();
    if (this.isClosed) return;
    this.tell("connecting", reason);
    const first = this.options.firstPause ?? 500;
    const longest = this.options.longestPause ?? 30_000;
    const most = Math.min(longest, first * 2 ** Math.min(this.failures++, 16));
    // All who were cut off together must not come back together.
    const pause = most / 2 + (Math.random() * most) / 2;
    this.retry = setTimeout(() => void this.connect(), pause);
  }

  private reconnectNow(): void {
    if (this.isClosed || this.socket !== null) return;
    this.forgetTimers();
    this.failures = 0;
    void this.connect();
  }

  private hear(socket: WebSocket, text: string): void {
    if (this.socket !== socket) return;
    clearTimeout(this.pong);
    const message = JSON.parse(text) as { type: string; [field: string]: unknown };
    switch (message.type) {
      case "hello":
        return this.welcome(socket);
      case "error":
        return this.refused(message as unknown as Refused & { ref?: number });
      case "snapshot":
      case "update":
      case "queue":
        return this.deliver(message as unknown as Message);
    }
    // Other types are of a newer server, and not for us.
  }

  private welcome(socket: WebSocket): void {
    this.failures = 0;
    this.tell("open", "");
    for (const subscription of this.subscriptions.values()) this.ask(subscription);
    this.ping = setInterval(() => {
      this.send({ type: "ping" });
      clearTimeout(this.pong);
      // close() would wait for an answer of a peer that is not there.
      this.pong = setTimeout(() => {
        if (this.socket !== socket) return;
        this.socket = null;
        socket.close();
        this.later("the server is silent");
      }, PONG_WITHIN);
    }, PING_EVERY);
  }

  private refused(error: Refused & { ref?: number }): void {
    const subscription = this.subscriptions.get(error.ref ?? 0);
    if (subscription === undefined) return;
    if (error.code === "unavailable" || error.code === "internal") {
      setTimeout(() => this.ask(subscription), 1000 + Math.random() * 2000);
      return;
    }
    this.subscriptions.delete(subscription.ref);
    subscription.listener({ type: "error", code: error.code, detail: error.detail });
  }

  private deliver(message: Message): void {
    for (const subscription of [...this.subscriptions.values()]) {
      if (concerns(message, subscription.target) && isNews(message, subscription)) subscription.listener(message);
    }
  }

  private ask(subscription: Subscription): void {
    if (!this.subscriptions.has(subscription.ref)) return;
    const { judgement, seq } = subscription.position ?? {};
    const after = judgement === undefined ? {} : { after: `${judgement}:${seq}` };
    this.send({ type: "subscribe", ref: subscription.ref, ...subscription.target, ...after });
  }

  /** What cannot be said now is said when there is a connection again: all subscriptions are. */
  private send(message: object): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  private tell(state: ConnectionState, reason: string): void {
    this.options.onState?.(state, reason);
  }

  private forgetTimers(): void {
    clearTimeout(this.retry);
    clearInterval(this.ping);
    clearTimeout(this.pong);
  }
}

function same(one: Target, other: Target): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The user "me" is whoever the messages are about: there is no other user's among what a token may see, but for administrators. */
function concerns(message: Message, target: Target): boolean {
  if (message.type === "error") return false;
  if (message.type === "queue") return "queue" in target;
  if ("submission" in target) return "submission" in message && message.submission === target.submission;
  if ("user" in target) {
    const isMe = target.user === "me" && (message.type === "update" || "user" in message);
    return isMe || ("user" in message && message.user === target.user);
  }
  if ("problem" in target) return "problem" in message && message.problem === target.problem;
  return false;
}

/** Of two judgements the one with the larger id is the newer; of one judgement, the larger number is. */
function isNews(message: Message, subscription: Subscription): boolean {
  if (!("submission" in subscription.target)) return true;
  const heard =
    message.type === "update"
      ? { judgement: message.judgement, seq: message.seq }
      : message.type === "snapshot" && "view" in message
        ? { judgement: message.view.judgement.id, seq: message.seq }
        : null;
  if (heard === null) return true;
  const known = subscription.position;
  const isOld =
    known !== null &&
    (heard.judgement < known.judgement || (heard.judgement === known.judgement && heard.seq < known.seq));
  if (isOld) return false;
  // The same again is told again only as a snapshot: somebody else on this page may have asked for it.
  const isSame = known !== null && heard.judgement === known.judgement && heard.seq === known.seq;
  subscription.position = heard;
  return !isSame || message.type === "snapshot";
}
