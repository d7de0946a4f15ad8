// Asks over HTTP and resumes after a lost connection. Node 18 or newer, no packages.
// Run: node examples/ask.mjs http://localhost:3000/v1 'How do rivers form?'
import { randomUUID } from "node:crypto";

const [url, input] = process.argv.slice(2);
// The key makes a repeat harmless. In the background the answer goes on while this client is away.
const headers = { "content-type": "application/json", "idempotency-key": randomUUID() };
const body = JSON.stringify({ input, stream: true, background: true });
let id;
let last = -1;
let ended = false;

/** The events of a stream, one JSON object each. Ends where the connection does. */
async function* events(stream) {
  let text = "";
  for await (const bytes of stream.pipeThrough(new TextDecoderStream())) {
    const blocks = (text + bytes).split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const data = block.split("\n").find((line) => line.startsWith("data: {"));
      if (data) yield JSON.parse(data.slice(6));
    }
  }
}

async function readUntilLost() {
  const answer = id
    ? await fetch(`${url}/responses/${id}?stream=true&starting_after=${last}`)
    : await fetch(`${url}/responses`, { method: "POST", headers, body });
  if (!answer.ok) {
    console.error(await answer.text());
    process.exit(1);
  }
  for await (const event of events(answer.body)) {
    if (event.sequence_number <= last) continue;
    last = event.sequence_number;
    id ??= event.response?.id;
    if (event.type === "response.output_text.delta") process.stdout.write(event.delta);
    if (event.type === "rill:response.restarted") console.log("\n(The answer begins again.)");
    if (/^response\.(completed|incomplete|failed)$/.test(event.type)) {
      console.log(`\n[${event.type}]`);
      ended = true;
    }
  }
}

while (!ended) {
  await readUntilLost().catch((error) => console.error(`connection lost: ${error.message}`));
  if (!ended) await new Promise((resolve) => setTimeout(resolve, 500));
}
