// Checks tests/vectors/ui-message-stream.json with the package's own schema and reader of chunks. Needs no stack.
import { readFileSync } from 'node:fs';
import { readUIMessageStream, uiMessageChunkSchema } from 'ai';
import { assert, attempt } from '../check.mjs';

const { streams } = JSON.parse(readFileSync(new URL('../../vectors/ui-message-stream.json', import.meta.url), 'utf8'));
const schema = uiMessageChunkSchema();

/** What the package makes of the chunks, and the errors that it reports. */
async function read(chunks, message) {
  const errors = [];
  const stream = ReadableStream.from(chunks.map((chunk) => structuredClone(chunk)));
  let last = null;
  for await (const state of readUIMessageStream({ stream, message, onError: (error) => errors.push(error.message) })) {
    last = state;
  }
  return { message: JSON.parse(JSON.stringify(last)), errors };
}

const things = {};
for (const vector of streams) {
  things[vector.name] = async () => {
    assert.equal(vector.chunks.at(-1), '[DONE]');
    const chunks = vector.chunks.slice(0, -1);
    for (const chunk of chunks) {
      const checked = await schema.validate(chunk);
      assert.ok(checked.success, `${JSON.stringify(chunk)}: ${checked.error?.message}`);
    }
    // The page has the message that is continued, unless it resumes.
    const known =
      vector.continued && !vector.resumedInput
        ? { id: vector.continued, role: 'assistant', parts: [{ type: 'step-start' }] }
        : undefined;
    const { message, errors } = await read(chunks, known);
    assert.deepEqual(message, vector.message);
    assert.deepEqual(errors, vector.errors ?? []);
  };
}
await attempt(things);
