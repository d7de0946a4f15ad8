// Serves dist with the headers of a deployment, and passes everything else, sockets too, to a running stack:
//   npm run dev -w page -- http://localhost:3000 [port=5173]
import { existsSync, readFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { connect } from "node:net";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const stack = new URL(process.argv[2] ?? "http://localhost:3000");
const port = Number(process.argv[3] ?? 5173);
const dist = fileURLToPath(new URL("dist", import.meta.url));
const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
  "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Headers as if the stack had been asked itself. */
const passed = (headers) => ({
  ...headers,
  host: stack.host,
  ...(headers.origin === undefined ? {} : { origin: stack.origin }),
});

const server = createServer((asked, answer) => {
  const path = new URL(asked.url ?? "/", stack).pathname;
  const isPage = path === "/" && asked.method === "GET" && asked.headers.accept?.includes("text/html");
  const file = join(dist, isPage ? "index.html" : normalize(path));
  if (isPage || (path.startsWith("/assets/") && existsSync(file))) {
    answer.writeHead(200, { "content-type": types[extname(file)] ?? "text/plain", "content-security-policy": policy });
    answer.end(readFileSync(file));
    return;
  }
  const options = { method: asked.method, headers: passed(asked.headers) };
  const upstream = request(new URL(asked.url ?? "/", stack), options, (response) => {
    answer.writeHead(response.statusCode ?? 502, response.headers);
    answer.flushHeaders();
    response.pipe(answer);
    response.on("error", () => answer.destroy());
  });
  upstream.on("error", () => answer.destroy());
  answer.on("close", () => upstream.destroy());
  asked.pipe(upstream);
});

server.on("upgrade", (asked, socket, head) => {
  const upstream = connect(Number(stack.port), stack.hostname, () => {
    const lines = Object.entries(passed(asked.headers)).map(([name, value]) => `${name}: ${value}`);
    upstream.write(`GET ${asked.url} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
    upstream.write(head);
    socket.pipe(upstream).pipe(socket);
  });
  upstream.on("error", () => socket.destroy());
  socket.on("error", () => upstream.destroy());
  socket.on("close", () => upstream.destroy());
  upstream.on("close", () => socket.destroy());
});

server.listen(port, "127.0.0.1", () =>
  console.log(`http://localhost:${port} shows dist with the stack ${stack.origin}`),
);
