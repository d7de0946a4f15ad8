// Codex CLI. The argument says over which transport: `http`, `websocket`, or `websocket-short`, which is the WebSocket with
// instructions of one's own in place of Codex's, so that its messages fit into API Gateway's frames of 32 KB.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { apiKey, assert, attempt, baseURL, model } from '../check.mjs';
import { inFolder, run } from '../process.mjs';

const transport = process.argv[2];
const program = fileURLToPath(new URL('node_modules/.bin/codex', import.meta.url));

const config = (folder) => `
model = "${model}"
model_provider = "rill"
${transport === 'websocket-short' ? `model_instructions_file = "${join(folder, 'instructions.md')}"` : ''}
check_for_update_on_startup = false
[analytics]
enabled = false
[features]
plugins = false
[model_providers.rill]
name = "Rill"
base_url = "${baseURL}"
wire_api = "responses"
env_key = "RILL_API_KEY"
supports_websockets = ${transport !== 'http'}
request_max_retries = 0
stream_max_retries = 0
`;

/** Runs `codex exec` in an empty folder; gives its exit code, its events, and whether it has left the socket for HTTP. */
function codex(prompt) {
  return inFolder(async (folder) => {
    writeFileSync(join(folder, 'config.toml'), config(folder));
    writeFileSync(join(folder, 'instructions.md'), 'You help with code.\n');
    const { code, out } = await run(
      program,
      ['exec', '--skip-git-repo-check', '--ephemeral', '--json', '--sandbox', 'read-only', prompt],
      {
        cwd: folder,
        env: { CODEX_HOME: folder, RILL_API_KEY: apiKey, RUST_LOG: 'error,codex_core::client=warn' },
      },
    );
    const events = out
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
    return { code, events, out, fellBack: out.includes('falling back to HTTP') };
  });
}

const itemsOf = (events, type) =>
  events.filter((event) => event.type === 'item.completed' && event.item.type === type).map((event) => event.item);

/** Fails unless the answer came by the transport that is expected; gives the note for the table. */
function assertTransport({ fellBack }) {
  assert.equal(fellBack, transport === 'websocket', fellBack ? 'it fell back to HTTP' : 'it stayed on the socket');
  return fellBack ? 'its first frame is over 32 KB: it falls back to HTTP by itself' : undefined;
}

await attempt({
  'an answer': async () => {
    const answer = await codex('Why do rivers bend?');
    assert.equal(answer.code, 0, answer.out.slice(-300));
    assert.equal(itemsOf(answer.events, 'agent_message').length, 1);
    assert.equal(itemsOf(answer.events, 'reasoning').length, 1);
    return assertTransport(answer);
  },

  // As a command of a shell, the prompt prints itself; as a prompt, it names two of Codex's tools.
  'an agent loop, store: false with encrypted reasoning: two tools, a command in its sandbox': async () => {
    const answer = await codex('echo get_goal exec_command');
    assert.equal(answer.code, 0, answer.out.slice(-300));
    assert.equal(itemsOf(answer.events, 'command_execution').length, 1);
    const [said] = itemsOf(answer.events, 'agent_message');
    assert.ok(said.text.includes('get_goal') && said.text.includes('exec_command'), said.text);
    assertTransport(answer);
  },

  'an error of the model': async () => {
    const answer = await codex('/fail 400 hello');
    assert.equal(answer.code, 1, answer.out.slice(-300));
    assert.ok(
      answer.events.some((event) => event.type === 'turn.failed'),
      answer.out.slice(-300),
    );
  },
});
