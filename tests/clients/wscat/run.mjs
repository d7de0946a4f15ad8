// wscat: a person at a socket.
import { fileURLToPath } from 'node:url';
import { apiKey, assert, attempt, model, socketURL } from '../check.mjs';
import { run } from '../process.mjs';

const program = fileURLToPath(new URL('node_modules/.bin/wscat', import.meta.url));

/** Sends one message, and gives the events up to the first of type `last`. */
async function ask(message, last = 'response.completed') {
  const { out } = await run(
    program,
    ['--no-color', '--connect', socketURL, '-H', `Authorization: Bearer ${apiKey}`, '--execute', message, '--wait', '-1'],
    { until: new RegExp(`"type":"${last}".*\n`) },
  );
  return out
    .split('\n')
    .filter((line) => line.includes('{'))
    .map((line) => JSON.parse(line.slice(line.indexOf('{'))));
}

const textOf = (events) => events.flatMap((event) => (event.delta ? [event.delta] : [])).join('');

await attempt({
  'a question as plain text, answered as a stream': async () => {
    assert.equal(textOf(await ask('/echo hello')), 'hello');
  },

  'a request as JSON': async () => {
    const events = await ask(JSON.stringify({ type: 'response.create', model, input: '/echo hello' }));
    assert.equal(textOf(events), 'hello');
    assert.deepEqual(
      events.map((event) => event.sequence_number),
      events.map((_, index) => index),
    );
  },

  'a ping': async () => {
    const events = await ask(JSON.stringify({ type: 'rill:ping' }), 'rill:pong');
    assert.equal(events.at(-1).type, 'rill:pong');
  },

  'errors': async () => {
    const refused = await ask('{"type": "response.create", "temperature": "hot"}', 'error');
    assert.equal(refused.at(-1).error.type, 'invalid_request_error');
    const failed = await ask('/failed server_error 3 hello', 'response.failed');
    assert.equal(failed.at(-1).response.error.code, 'server_error');
  },
});
