// One address for pages and live events, as operators have it, before an api and a gateway that may move; and the place
// where a connection is cut.

import http from "node:http";
import net from "node:net";

const isLive = path => /^\/api\/v1\/(ws|events|submissions\/[^/]+\/events)(\?|$)/.test(path) || path.startsWith("/ws");

/** Serves on a free port. `targets` has `api` and `gateway`, read anew for each request. */
export async function startProxy(targets) {
  const sockets = new Set();
  const server = http.createServer((request, response) => {
    const target = new URL(isLive(request.url) ? targets.gateway : targets.api);
    const onward = http.request(
      { host: target.hostname, port: target.port, path: request.url, method: request.method, headers: request.headers },
      answer => {
        response.writeHead(answer.statusCode, answer.rawHeaders);
        answer.pipe(response);
        // A server that goes away in the middle of an answer.
        answer.on("error", () => response.destroy());
      },
    );
    onward.on("error", () => {
      if (response.headersSent) response.destroy();
      else response.writeHead(502).end();
    });
    request.pipe(onward);
  });
  server.on("upgrade", (request, socket, head) => {
    const target = new URL(targets.gateway);
    const onward = net.connect(Number(target.port), target.hostname, () => {
      const lines = [`${request.method} ${request.url} HTTP/1.1`];
      for (let at = 0; at < request.rawHeaders.length; at += 2) {
        lines.push(`${request.rawHeaders[at]}: ${request.rawHeaders[at + 1]}`);
      }
      onward.write(`${lines.join("\r\n")}\r\n\r\n`);
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    sockets.add(socket);
    for (const end of [socket, onward]) {
      end.on("error", () => {});
      end.on("close", () => {
        sockets.delete(socket);
        socket.destroy();
        onward.destroy();
      });
    }
  });
  await new Promise(resolve => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${server.address().port}`,
    /** Cuts every WebSocket; says how many there were. */
    cut() {
      const count = sockets.size;
      for (const socket of sockets) socket.destroy();
      return count;
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      server.closeAllConnections();
    },
  };
}
