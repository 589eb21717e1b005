/** The page's one connection to the gateway, shared by its elements and opened when the first one listens. */

import { GavelEvents, type ConnectionState, type Message, type Target } from "../../client/gavel-events.ts";

/** How the connection is; `silent` before there is one. */
export type Link = ConnectionState | "silent";

let events: GavelEvents | null = null;
let link: Link = "silent";
const watchers = new Set<(link: Link) => void>();

/** Listens until the returned function is called. */
export function listen(target: Target, hear: (message: Message) => void): () => void {
  events ??= new GavelEvents({ ...gateway(), ticket: fetchTicket, onState: changed, longestPause: 10_000 });
  return events.subscribe(target, hear);
}

/** Hears how the connection is, now and whenever it changes, until the returned function is called. */
export function watchLink(watcher: (link: Link) => void): () => void {
  watchers.add(watcher);
  watcher(link);
  return () => void watchers.delete(watcher);
}

function changed(state: ConnectionState): void {
  link = state;
  for (const watcher of watchers) watcher(state);
}

/** Where the gateway is, if it has an address of its own: `<meta name="gavel-gateway">`. */
function gateway(): { gateway?: string } {
  const address = document.querySelector<HTMLMetaElement>("meta[name=gavel-gateway]")?.content;
  return address ? { gateway: address } : {};
}

/** From the address in `<meta name="gavel-ticket">`, which a page has where somebody is signed in. */
async function fetchTicket(): Promise<string | null> {
  const address = document.querySelector<HTMLMetaElement>("meta[name=gavel-ticket]")?.content;
  if (!address) return null;
  const response = await fetch(address, { method: "POST" });
  if (!response.ok) throw new Error(`status ${response.status}`);
  const { ticket } = (await response.json()) as { ticket: string };
  return ticket;
}
