// The AI SDK with three providers. The argument names one: `openai`, `openai-chat`, `openai-compatible` or `open-responses`.
import { createOpenResponses } from '@ai-sdk/open-responses';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, generateText, isStepCount, Output, streamText, tool } from 'ai';
import { z } from 'zod';
import {
  apiKey,
  assert,
  attempt,
  baseURL,
  encryptedReasoning,
  everyFunction,
  model,
  rejection,
  riverPrompt,
  rivers,
} from '../check.mjs';

/** The bodies of the requests so far, as the provider `openai` has sent them. */
const sent = [];

function recordingFetch(url, request) {
  sent.push(request.body);
  return fetch(url, request);
}

const PROVIDERS = {
  openai: () => createOpenAI({ baseURL, apiKey, fetch: recordingFetch })(model),
  'openai-chat': () => createOpenAI({ baseURL, apiKey }).chat(model),
  'openai-compatible': () =>
    createOpenAICompatible({ name: 'rill', baseURL, apiKey, supportsStructuredOutputs: true })(model),
  'open-responses': () => createOpenResponses({ name: 'rill', url: `${baseURL}/responses`, apiKey })(model),
};

const provider = process.argv[2];
const common = { model: PROVIDERS[provider](), maxRetries: 0 };

/** The three functions, and the names of those that were called. */
function riverTools() {
  const called = [];
  const tools = Object.fromEntries(
    everyFunction.map((name) => [
      name,
      tool({
        description: `Gives the ${name} of a river.`,
        inputSchema: z.object({ river: z.string() }),
        execute: async () => {
          called.push(name);
          return rivers[name]();
        },
      }),
    ]),
  );
  return { called, settings: { ...common, tools, stopWhen: isStepCount(6), prompt: riverPrompt } };
}

const things = {
  'a whole answer': async () => {
    const { text, usage } = await generateText({ ...common, prompt: '/echo hello' });
    assert.equal(text, 'hello');
    assert.ok(usage.outputTokens > 0);
  },

  'a streamed answer': async () => {
    const result = streamText({ ...common, prompt: 'Why do rivers bend?' });
    let pieces = 0;
    let text = '';
    for await (const piece of result.textStream) {
      pieces++;
      text += piece;
    }
    assert.ok(pieces > 1);
    assert.equal(await result.text, text);
    assert.equal(await result.finishReason, 'stop');
  },

  'an agent loop': async () => {
    const { called, settings } = riverTools();
    const { text, steps } = await generateText(settings);
    assert.deepEqual(called.sort(), everyFunction);
    assert.ok(text.length > 0);
    return `${steps.length} steps`;
  },

  'an agent loop, streamed': async () => {
    const { called, settings } = riverTools();
    const result = streamText(settings);
    for await (const part of result.fullStream) if (part.type === 'error') throw part.error;
    assert.deepEqual(called.sort(), everyFunction);
    assert.ok((await result.text).length > 0);
  },

  'structured output': async () => {
    const { output } = await generateText({
      ...common,
      prompt: 'Describe the Rhine.',
      output: Output.object({ schema: z.object({ name: z.string(), kilometres: z.number() }) }),
    });
    assert.equal(typeof output.kilometres, 'number');
  },

  'an image': async () => {
    const pixel =
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    const { text } = await generateText({
      ...common,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'file', mediaType: 'image/png', data: pixel },
          ],
        },
      ],
    });
    assert.ok(text.length > 0);
  },

  'an error by its type': async () => {
    const error = await rejection(generateText({ ...common, prompt: '/fail 429 after=1 hello' }));
    assert.ok(APICallError.isInstance(error), String(error));
    assert.equal(error.statusCode, 429);
    assert.ok(error.isRetryable);
    const refused = await rejection(generateText({ ...common, prompt: '/fail 400 hello' }));
    assert.ok(APICallError.isInstance(refused), String(refused));
    assert.equal(refused.isRetryable, false);
  },

  'an error amid a stream': async () => {
    let failed;
    const result = streamText({ ...common, prompt: '/failed server_error 5 hello', onError() {} });
    for await (const part of result.fullStream) if (part.type === 'error') failed = part.error;
    assert.ok(failed, 'the stream had no part `error`');
  },
};

if (provider === 'openai') {
  const openai = { parallelToolCalls: false, forceReasoning: true, reasoningEffort: 'medium', reasoningSummary: 'auto' };

  things['an agent loop, stored, its items by item_reference'] = async () => {
    const { called, settings } = riverTools();
    await generateText({ ...settings, providerOptions: { openai: { ...openai, store: true } } });
    assert.deepEqual(called.sort(), everyFunction);
    assert.ok(sent.at(-1).includes('"item_reference"'), sent.at(-1).slice(0, 300));
  };

  things['an agent loop, store: false with encrypted reasoning'] = async () => {
    const { called, settings } = riverTools();
    await generateText({ ...settings, providerOptions: { openai: { ...openai, store: false } } });
    assert.deepEqual(called.sort(), everyFunction);
    assert.equal(encryptedReasoning(JSON.parse(sent.at(-1)).input), 3);
  };

  things['continued by previousResponseId'] = async () => {
    const first = await generateText({ ...common, prompt: '/echo one' });
    const previousResponseId = first.providerMetadata.openai.responseId;
    const second = await generateText({
      ...common,
      prompt: '/echo two',
      providerOptions: { openai: { previousResponseId } },
    });
    assert.equal(second.text, 'two');
  };
}

if (provider === 'open-responses') {
  things['reasoning, streamed'] = async () => {
    const result = streamText({
      ...common,
      prompt: 'Why do rivers bend?',
      providerOptions: { rill: { reasoningEffort: 'medium', reasoningSummary: 'auto' } },
    });
    let reasoning = '';
    for await (const part of result.fullStream) if (part.type === 'reasoning-delta') reasoning += part.text;
    assert.ok(reasoning.length > 0);
  };
}

await attempt(things);
