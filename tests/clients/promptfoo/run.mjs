// promptfoo evaluates prompts by both of OpenAI's APIs. Its `evaluate` prints a table, and writes results to a file.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { apiKey, assert, attempt, baseURL, model } from '../check.mjs';
import { inFolder, run } from '../process.mjs';

const program = fileURLToPath(new URL('node_modules/.bin/promptfoo', import.meta.url));

const riverTool = {
  name: 'river_length',
  parameters: { type: 'object', properties: { river: { type: 'string' } }, required: ['river'] },
};

/** Evaluates one prompt; gives the result of its only test. */
function evaluate(provider, settings, prompt, assertion) {
  return inFolder(async (folder) => {
    const config = {
      // A prompt that begins with a slash would be the path of a file.
      prompts: ['{{words}}'],
      providers: [{ id: `openai:${provider}:${model}`, config: { apiBaseUrl: baseURL, apiKey, ...settings } }],
      tests: [{ vars: { words: prompt }, assert: [assertion] }],
    };
    writeFileSync(join(folder, 'promptfooconfig.json'), JSON.stringify(config));
    const env = {
      PROMPTFOO_CONFIG_DIR: folder,
      PROMPTFOO_DISABLE_TELEMETRY: '1',
      PROMPTFOO_DISABLE_UPDATE: '1',
      PROMPTFOO_DISABLE_REMOTE_GENERATION: '1',
    };
    const args = ['eval', '--config', 'promptfooconfig.json', '--output', 'out.json', '--no-cache', '--no-table'];
    const { out } = await run(program, [...args, '--no-progress-bar'], { cwd: folder, env });
    let written;
    try {
      written = JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8'));
    } catch (error) {
      throw new Error(`promptfoo wrote no results: ${out.slice(-300)}`, { cause: error });
    }
    return written.results.results[0];
  });
}

const equalsHello = { type: 'equals', value: 'hello' };
const things = {};
for (const [provider, tool] of [
  ['responses', { type: 'function', strict: false, ...riverTool }],
  ['chat', { type: 'function', function: riverTool }],
]) {
  things[`an answer, openai:${provider}`] = async () => {
    const result = await evaluate(provider, {}, '/echo hello', equalsHello);
    assert.ok(result.success, `${result.error} ${JSON.stringify(result.response)}`.slice(0, 300));
    assert.ok(result.response.tokenUsage.total > 0);
  };
  things[`a tool call, openai:${provider}`] = async () => {
    const settings = { tools: [tool], tool_choice: 'required' };
    const result = await evaluate(provider, settings, 'How long is the Rhine?', {
      type: 'contains',
      value: 'river_length',
    });
    // An output that is not text is compared by its JSON.
    assert.ok(JSON.stringify(result.response.output).includes('river_length'), result.error);
  };
  things[`an error, openai:${provider}`] = async () => {
    const result = await evaluate(provider, {}, '/fail 400 hello', equalsHello);
    assert.equal(result.success, false);
    assert.ok(/400/.test(result.error), result.error);
  };
}

await attempt(things);
