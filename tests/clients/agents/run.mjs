// OpenAI's Agents SDK. The argument says over which transport: `http`, `websocket` or `completions`.
import { Agent, ModelBehaviorError, OpenAIProvider, Runner, setTracingDisabled, tool } from '@openai/agents';
import { z } from 'zod';
import { apiKey, assert, attempt, baseURL, everyFunction, model, rejection, riverPrompt, rivers } from '../check.mjs';

setTracingDisabled(true);

const transport = process.argv[2];
const provider = new OpenAIProvider({
  apiKey,
  baseURL,
  useResponses: transport !== 'completions',
  useResponsesWebSocket: transport === 'websocket',
});
const runner = new Runner({ modelProvider: provider });

/** An agent with the three functions, and the names of those that it has called. */
function riverAgent(modelSettings) {
  const called = [];
  const tools = everyFunction.map((name) =>
    tool({
      name,
      description: `Gives the ${name} of a river.`,
      parameters: z.object({ river: z.string() }),
      execute: async () => {
        called.push(name);
        return rivers[name]();
      },
    }),
  );
  return { agent: new Agent({ name: 'Rivers', instructions: 'Be brief.', model, modelSettings, tools }), called };
}

/** What the SDK makes of `response.failed`, over HTTP and over the socket. */
const isModelBehaviorError = (error) => error instanceof ModelBehaviorError && error.message.includes('response.failed');

const plain = new Agent({ name: 'Plain', instructions: 'Be brief.', model });

const things = {
  'a whole answer': async () => {
    const result = await runner.run(plain, '/echo hello');
    assert.equal(result.finalOutput, 'hello');
    assert.ok(result.rawResponses[0].usage.totalTokens > 0);
  },

  'a streamed answer': async () => {
    const result = await runner.run(plain, 'Why do rivers bend?', { stream: true });
    let text = '';
    for await (const part of result.toTextStream()) text += part;
    await result.completed;
    assert.equal(text, result.finalOutput);
  },

  'an agent loop': async () => {
    const { agent, called } = riverAgent({ parallelToolCalls: false });
    const result = await runner.run(agent, riverPrompt);
    assert.deepEqual(called.sort(), everyFunction);
    assert.ok(result.finalOutput.length > 0);
  },

  'an agent loop, streamed, calls in parallel': async () => {
    const { agent, called } = riverAgent({ parallelToolCalls: true });
    const result = await runner.run(agent, riverPrompt, { stream: true });
    await result.completed;
    assert.deepEqual(called.sort(), everyFunction);
  },

  'structured output': async () => {
    const agent = new Agent({
      name: 'Describer',
      model,
      outputType: z.object({ name: z.string(), kilometres: z.number() }),
    });
    const result = await runner.run(agent, 'Describe the Rhine.');
    assert.equal(typeof result.finalOutput.kilometres, 'number');
  },

  'an error of the model': async () => {
    const error = await rejection(runner.run(plain, '/fail 400 hello'));
    assert.ok(error.status === 400 || isModelBehaviorError(error), String(error));
  },

  'an error amid a stream': async () => {
    const result = await runner.run(plain, '/failed server_error 5 hello', { stream: true });
    const error = await rejection(
      (async () => {
        for await (const _ of result);
        await result.completed;
      })(),
    );
    assert.ok(error.code === 'server_error' || isModelBehaviorError(error), String(error));
  },
};

if (transport !== 'completions') {
  things['an agent loop, continued by previousResponseId'] = async () => {
    const first = await runner.run(plain, '/echo one');
    const { agent, called } = riverAgent({ parallelToolCalls: false });
    const second = await runner.run(agent, riverPrompt, { previousResponseId: first.lastResponseId });
    assert.deepEqual(called.sort(), everyFunction);
    assert.notEqual(second.lastResponseId, first.lastResponseId);
  };
  things['an agent loop, store: false with encrypted reasoning'] = async () => {
    const { agent, called } = riverAgent({
      store: false,
      parallelToolCalls: false,
      reasoning: { effort: 'medium', summary: 'auto' },
      providerData: { include: ['reasoning.encrypted_content'] },
    });
    const result = await runner.run(agent, riverPrompt);
    assert.deepEqual(called.sort(), everyFunction);
    const sealed = result.history.filter((item) => item.type === 'reasoning' && item.providerData?.encrypted_content);
    assert.ok(sealed.length >= 3, `${sealed.length} reasoning items were encrypted`);
  };
}

await attempt(things);
