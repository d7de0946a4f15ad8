// OpenAI's JavaScript client over HTTP.
import OpenAI, { BadRequestError, NotFoundError, RateLimitError } from 'openai';
import { ResponsesToolRunner } from 'openai/helpers/responses-tool-runner';
import {
  agentLoop,
  apiKey,
  assert,
  attempt,
  baseURL,
  encryptedReasoning,
  everyFunction,
  model,
  parameters,
  rejection,
  responsesTools,
  riverPrompt,
  rivers,
} from '../check.mjs';

const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });

await attempt({
  'a streamed answer': async () => {
    const stream = client.responses.stream({ model, input: 'Why do rivers bend?' });
    let text = '';
    stream.on('response.output_text.delta', (event) => (text += event.delta));
    const response = await stream.finalResponse();
    assert.equal(response.status, 'completed');
    assert.equal(response.output_text, text);
    assert.ok(text.length > 0);
  },

  'a whole answer': async () => {
    const response = await client.responses.create({ model, input: '/echo hello' });
    assert.equal(response.output_text, 'hello');
    assert.ok(response.usage.total_tokens > 0);
  },

  'an agent loop, stored': async () => {
    const { response, calls } = await agentLoop(
      (fields) => client.responses.create({ model, tools: responsesTools, parallel_tool_calls: false, ...fields }),
      (_, { id }, outputs) => ({ previous_response_id: id, input: outputs }),
    );
    assert.deepEqual(calls, everyFunction);
    assert.ok(response.output_text.length > 0);
  },

  'an agent loop, store: false with encrypted reasoning, streamed': async () => {
    const { fields, calls } = await agentLoop(
      (fields) =>
        client.responses
          .stream({
            model,
            tools: responsesTools,
            parallel_tool_calls: false,
            store: false,
            include: ['reasoning.encrypted_content'],
            reasoning: { effort: 'medium', summary: 'auto' },
            ...fields,
          })
          .finalResponse(),
      ({ input }, { output }, outputs) => ({ input: [...input, ...output, ...outputs] }),
    );
    assert.deepEqual(calls, everyFunction);
    assert.equal(encryptedReasoning(fields.input), 3);
  },

  'its own tool runner, streamed, calls in parallel': async () => {
    const called = [];
    const runner = new ResponsesToolRunner({
      functions: responsesTools.map((tool) => ({
        tool,
        execute: () => {
          called.push(tool.name);
          return rivers[tool.name]();
        },
      })),
    });
    const response = await runner.run(client, { model, input: riverPrompt }, { stream: true });
    assert.deepEqual(called.sort(), everyFunction);
    assert.ok(JSON.stringify(response).includes('output_text'));
  },

  'structured output': async () => {
    const schema = {
      type: 'object',
      properties: { name: { type: 'string' }, kilometres: { type: 'integer' } },
      required: ['name', 'kilometres'],
      additionalProperties: false,
    };
    const response = await client.responses.parse({
      model,
      input: 'Describe the Rhine.',
      text: { format: { type: 'json_schema', name: 'river', schema, strict: true } },
    });
    assert.ok(Number.isInteger(JSON.parse(response.output_text).kilometres));
  },

  'retrieve, resume from an event, cancel, delete': async () => {
    const background = await client.responses.create({ model, input: '/slow 20 /count 400', background: true });
    const stream = await client.responses.retrieve(background.id, { stream: true, starting_after: 1 });
    for await (const event of stream) {
      assert.equal(event.sequence_number, 2);
      break;
    }
    const cancelled = await client.responses.cancel(background.id);
    assert.ok(['cancelled', 'incomplete'].includes(cancelled.status), cancelled.status);
    await client.responses.delete(background.id);
    assert.ok((await rejection(client.responses.retrieve(background.id))) instanceof NotFoundError);
  },

  'input items, counted input tokens, compaction': async () => {
    const response = await client.responses.create({ model, input: '/echo hello' });
    const items = await client.responses.inputItems.list(response.id);
    assert.equal(items.data.length, 1);
    const counted = await client.responses.inputTokens.count({ model, input: 'How long is the Rhine?' });
    assert.ok(counted.input_tokens > 0);
    const compacted = await client.responses.compact({ model, input: [{ role: 'user', content: 'hello' }] });
    assert.equal(compacted.object, 'response.compaction');
  },

  'Chat Completions, streamed and whole': async () => {
    const messages = [{ role: 'user', content: '/echo hello' }];
    const whole = await client.chat.completions.create({ model, messages });
    assert.equal(whole.choices[0].message.content, 'hello');
    const stream = client.chat.completions.stream({ model, messages, stream_options: { include_usage: true } });
    assert.equal(await stream.finalContent(), 'hello');
    assert.ok((await stream.totalUsage()).total_tokens > 0);
  },

  'Chat Completions, its own tool runner': async () => {
    const called = [];
    const runner = client.chat.completions.runTools({
      model,
      stream: true,
      messages: [{ role: 'user', content: riverPrompt }],
      tools: everyFunction.map((name) => ({
        type: 'function',
        function: {
          name,
          parameters,
          parse: JSON.parse,
          function: () => {
            called.push(name);
            return rivers[name]();
          },
        },
      })),
    });
    assert.ok((await runner.finalContent()).length > 0);
    assert.deepEqual(called.sort(), everyFunction);
  },

  'models': async () => {
    const names = [];
    for await (const each of client.models.list()) names.push(each.id);
    assert.ok(names.includes(model));
    assert.equal((await client.models.retrieve(model)).id, model);
  },

  'errors by their types': async () => {
    const bad = await rejection(client.responses.create({ model, input: 'x', temperature: 'hot' }));
    assert.ok(bad instanceof BadRequestError, String(bad));
    const busy = await rejection(client.responses.create({ model, input: '/fail 429 after=1 hello' }));
    assert.ok(busy instanceof RateLimitError, String(busy));
    assert.equal(busy.code, 'rate_limit_exceeded');
    const unknown = await rejection(client.responses.retrieve(`resp_${'0'.repeat(32)}`));
    assert.ok(unknown instanceof NotFoundError, String(unknown));
  },

  'an error amid a stream': async () => {
    let failed;
    const stream = await client.responses.create({ model, input: '/failed server_error 5 hello', stream: true });
    for await (const event of stream) if (event.type === 'response.failed') failed = event.response.error.code;
    assert.equal(failed, 'server_error');
  },
});
