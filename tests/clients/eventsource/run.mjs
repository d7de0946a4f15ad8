// An EventSource, as browsers have it: it only GETs, comes back by itself with Last-Event-ID, and ends at a 204.
import { EventSource } from 'eventsource';
import { apiKey, assert, attempt, baseURL, model } from '../check.mjs';

const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };

/** Starts a response in the background. */
async function start(input) {
  const answer = await fetch(`${baseURL}/responses`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ model, input, background: true }),
  });
  assert.equal(answer.status, 200, `${answer.status} ${await answer.clone().text()}`);
  return (await answer.json()).id;
}

const TYPES = ['response.queued', 'response.created', 'response.in_progress', 'response.output_item.added']
  .concat(['response.content_part.added', 'response.output_text.delta', 'response.output_text.done'])
  .concat(['response.content_part.done', 'response.output_item.done', 'response.completed', 'response.failed']);

/** The body up to its n-th read, and then a broken connection. */
function breaking(body, reads) {
  const reader = body.getReader();
  let count = 0;
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) return controller.close();
      if (++count > reads) {
        await reader.cancel();
        return controller.error(new TypeError('terminated'));
      }
      controller.enqueue(value);
    },
  });
}

/**
 * Reads a response until the EventSource gives up by itself.
 *
 * @param cutAfter the first connection breaks after so many reads; Infinity for never
 */
function read(id, cutAfter = Infinity) {
  return new Promise((resolve, reject) => {
    const events = [];
    let connections = 0;
    const source = new EventSource(`${baseURL}/responses/${id}?stream=true`, {
      fetch: async (url, init) => {
        const answer = await fetch(url, { ...init, headers: { ...init.headers, ...headers } });
        const cut = connections++ === 0 && cutAfter < Infinity;
        return cut ? new Response(breaking(answer.body, cutAfter), answer) : answer;
      },
    });
    for (const type of TYPES) {
      source.addEventListener(type, (event) => events.push({ id: event.lastEventId, ...JSON.parse(event.data) }));
    }
    source.addEventListener('error', (event) => {
      if (source.readyState === EventSource.CLOSED) {
        resolve({ events, connections, status: event.code });
      }
    });
    setTimeout(() => (source.close(), reject(new Error('the EventSource did not end by itself'))), 40_000).unref();
  });
}

function assertWhole({ events, status }) {
  assert.deepEqual(
    events.map((event) => event.sequence_number),
    events.map((_, index) => index),
  );
  assert.equal(events.at(-1).type, 'response.completed');
  assert.ok(events.every((event) => event.id === String(event.sequence_number)));
  assert.equal(status, 204);
}

await attempt({
  'a whole response; it ends by itself at the 204': async () => {
    assertWhole(await read(await start('/count 20')));
  },

  'a connection that is cut; it resumes by Last-Event-ID, and misses and repeats nothing': async () => {
    const answer = await read(await start('/slow 10 /count 30'), 6);
    assertWhole(answer);
    assert.equal(answer.connections, 3);
  },

  'a response that fails': async () => {
    const { events, status } = await read(await start('/failed server_error 5 hello'));
    assert.equal(events.at(-1).type, 'response.failed');
    assert.equal(events.at(-1).response.error.code, 'server_error');
    assert.equal(status, 204);
  },

  'an unknown response': async () => {
    const { events, status } = await read(`resp_${'0'.repeat(32)}`);
    assert.equal(events.length, 0);
    assert.equal(status, 404);
  },
});
