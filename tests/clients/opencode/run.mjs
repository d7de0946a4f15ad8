// opencode. The argument names the API: `responses` (the AI SDK's openai) or `completions` (its openai-compatible).
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { apiKey, assert, attempt, baseURL, model } from '../check.mjs';
import { inFolder, run } from '../process.mjs';

const PACKAGES = { responses: '@ai-sdk/openai', completions: '@ai-sdk/openai-compatible' };
const program = fileURLToPath(new URL('node_modules/.bin/opencode', import.meta.url));

const config = {
  share: 'disabled',
  autoupdate: false,
  small_model: `rill/${model}`,
  provider: {
    rill: {
      npm: PACKAGES[process.argv[2]],
      options: { baseURL, apiKey },
      models: { [model]: { tool_call: true } },
    },
  },
};

/** Runs `opencode run` in an empty folder; gives its exit code and its events. A prompt of one word stays unquoted. */
function opencode(...words) {
  return inFolder(async (folder) => {
    writeFileSync(join(folder, 'opencode.json'), JSON.stringify(config));
    const env = {
      HOME: folder,
      XDG_DATA_HOME: join(folder, 'data'),
      XDG_CONFIG_HOME: join(folder, 'config'),
      XDG_STATE_HOME: join(folder, 'state'),
      OPENCODE_DISABLE_AUTOUPDATE: '1',
      OPENCODE_DISABLE_MODELS_FETCH: '1',
      OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
      OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
    };
    const args = ['run', '--format', 'json', '--model', `rill/${model}`, ...words];
    const { code, out } = await run(program, args, { cwd: folder, env });
    const events = out
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
    return { code, events, out };
  });
}

const named = (events, type) => events.filter((event) => event.type === type);

await attempt({
  'an answer': async () => {
    const { code, events, out } = await opencode('hello');
    assert.equal(code, 0, out.slice(-300));
    assert.ok(named(events, 'text').length > 0, out.slice(-300));
  },

  'an agent loop of two tools': async () => {
    const { code, events, out } = await opencode('Use', 'glob', 'and', 'todowrite');
    assert.equal(code, 0, out.slice(-300));
    const tools = named(events, 'tool_use').map((event) => event.part.tool);
    assert.deepEqual(tools.sort(), ['glob', 'todowrite']);
    assert.ok(named(events, 'text').length > 0, out.slice(-300));
  },

  'an error by its type': async () => {
    const { code, events, out } = await opencode('/fail', '400', 'hello');
    assert.equal(code, 1, out.slice(-300));
    const [{ error }] = named(events, 'error');
    assert.equal(error.name, 'APIError');
    assert.equal(error.data.statusCode, 400);
  },
});
