// OpenAI's JavaScript client over its WebSocket, `openai/resources/responses/ws`.
import OpenAI from 'openai';
import { ResponsesWS } from 'openai/resources/responses/ws';
import {
  agentLoop,
  apiKey,
  assert,
  attempt,
  baseURL,
  encryptedReasoning,
  everyFunction,
  model,
  responsesTools,
} from '../check.mjs';

const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const TERMINAL = ['response.completed', 'response.incomplete', 'response.failed', 'error'];

/** Opens a socket for `use`, and closes it. */
async function withSocket(use) {
  const socket = new ResponsesWS(client);
  socket.on('error', () => {}); // Errors are read from the stream of events.
  try {
    return await use(socket);
  } finally {
    socket.close();
  }
}

/** Sends one request, and gives its events up to its end; events of another lane are passed over. */
async function ask(socket, request) {
  const events = [];
  const stream = socket.stream();
  socket.send({ type: 'response.create', model, ...request });
  for await (const each of stream) {
    if (each.type === 'close') throw new Error(`the socket was closed with ${each.code} ${each.reason}`);
    const event = each.type === 'message' ? each.message : each.type === 'error' ? each.error.error : undefined;
    if (!event) {
      if (each.type === 'error') throw each.error;
      continue;
    }
    if (request.stream_id !== undefined && event.stream_id !== request.stream_id) continue;
    events.push(event);
    if (TERMINAL.includes(event.type)) return events;
  }
  throw new Error('the stream ended without a terminal event');
}

function completed(events) {
  const last = events.at(-1);
  assert.equal(last.type, 'response.completed', JSON.stringify(last).slice(0, 300));
  return last.response;
}

function textOf(events) {
  return events
    .filter((event) => event.type === 'response.output_text.delta')
    .map((event) => event.delta)
    .join('');
}

/** Asks with the functions as tools, one call in each response. */
const askWithTools = (socket, settings) => async (fields) =>
  completed(await ask(socket, { tools: responsesTools, parallel_tool_calls: false, ...settings, ...fields }));

await attempt({
  'a streamed answer': () =>
    withSocket(async (socket) => {
      const events = await ask(socket, { input: 'Why do rivers bend?' });
      const response = completed(events);
      const text = response.output.flatMap((item) => item.content ?? []).map((part) => part.text);
      assert.equal(text.join(''), textOf(events));
    }),

  'two answers, one after the other, the second continuing the first': () =>
    withSocket(async (socket) => {
      const first = completed(await ask(socket, { input: '/echo one' }));
      const second = await ask(socket, { input: '/echo two', previous_response_id: first.id });
      assert.equal(completed(second).previous_response_id, first.id);
      assert.equal(textOf(second), 'two');
    }),

  'stream: true, as other clients send it': () =>
    withSocket(async (socket) => {
      const events = await ask(socket, { input: '/echo hello', stream: true });
      completed(events);
      assert.equal(textOf(events), 'hello');
    }),

  'a warm-up, generate: false': () =>
    withSocket(async (socket) => {
      const warm = completed(await ask(socket, { input: 'You know rivers.', generate: false }));
      completed(await ask(socket, { input: '/echo hello', previous_response_id: warm.id }));
    }),

  'an agent loop, stored': () =>
    withSocket(async (socket) => {
      const { calls } = await agentLoop(askWithTools(socket), (_, { id }, outputs) => ({
        previous_response_id: id,
        input: outputs,
      }));
      assert.deepEqual(calls, everyFunction);
    }),

  'an agent loop, store: false, continued on the socket': () =>
    withSocket(async (socket) => {
      const { calls } = await agentLoop(askWithTools(socket, { store: false }), (_, { id }, outputs) => ({
        previous_response_id: id,
        input: outputs,
      }));
      assert.deepEqual(calls, everyFunction);
    }),

  'an agent loop, store: false with encrypted reasoning': () =>
    withSocket(async (socket) => {
      const { calls, fields } = await agentLoop(
        askWithTools(socket, {
          store: false,
          include: ['reasoning.encrypted_content'],
          reasoning: { effort: 'medium' },
        }),
        ({ input }, { output }, outputs) => ({ input: [...input, ...output, ...outputs] }),
      );
      assert.deepEqual(calls, everyFunction);
      assert.equal(encryptedReasoning(fields.input), 3);
    }),

  'two lanes by stream_id at the same time': () =>
    withSocket(async (socket) => {
      const [left, right] = await Promise.all([
        ask(socket, { input: '/count 30', stream_id: 'left' }),
        ask(socket, { input: '/echo right', stream_id: 'right' }),
      ]);
      completed(left);
      completed(right);
      assert.equal(textOf(right), 'right');
    }),

  'two requests in one lane, in order': () =>
    withSocket(async (socket) => {
      const seen = [];
      const stream = socket.stream();
      for (const words of ['/count 20', '/echo second']) {
        socket.send({ type: 'response.create', model, input: words, stream_id: 'lane' });
      }
      let ended = 0;
      for await (const each of stream) {
        if (each.type === 'error' || each.type === 'close') throw new Error(JSON.stringify(each).slice(0, 300));
        if (each.type !== 'message') continue;
        assert.equal(each.message.stream_id, 'lane');
        if (each.message.type === 'response.in_progress') seen.push(`begin ${each.message.response.id}`);
        if (each.message.type === 'response.completed') {
          seen.push(`end ${each.message.response.id}`);
          if (++ended === 2) break;
        }
      }
      assert.equal(seen.map((line) => line.split(' ')[0]).join(' '), 'begin end begin end');
    }),

  'errors by their types; the socket lives on': () =>
    withSocket(async (socket) => {
      const bad = (await ask(socket, { input: 'x', temperature: 'hot' })).at(-1);
      assert.equal(bad.type, 'error');
      assert.equal(bad.error.type, 'invalid_request_error');
      const unknown = (await ask(socket, { input: 'x', previous_response_id: `resp_${'0'.repeat(32)}` })).at(-1);
      assert.equal(unknown.error.code, 'previous_response_not_found');
      const failed = (await ask(socket, { input: '/failed server_error 3 hello' })).at(-1);
      assert.equal(failed.type, 'response.failed');
      assert.equal(failed.response.error.code, 'server_error');
      completed(await ask(socket, { input: '/echo hello' }));
    }),

  'background: true is refused': () =>
    withSocket(async (socket) => {
      const refused = (await ask(socket, { input: 'x', background: true })).at(-1);
      assert.equal(refused.type, 'error');
      assert.equal(refused.error.param, 'background');
    }),
});
