// LangChain's OpenAI integration. The argument names the API: `completions`, its default, or `responses`.
import { ChatOpenAI } from '@langchain/openai';
import { createAgent, tool } from 'langchain';
import { z } from 'zod';
import { apiKey, assert, attempt, baseURL, everyFunction, model, rejection, riverPrompt, rivers } from '../check.mjs';

const useResponsesApi = process.argv[2] === 'responses';
const chat = (fields) =>
  new ChatOpenAI({ model, apiKey, useResponsesApi, maxRetries: 0, configuration: { baseURL }, ...fields });

/** An agent with the three functions, and the names of those that it has called. */
function riverAgent(fields) {
  const called = [];
  const tools = everyFunction.map((name) =>
    tool(
      async () => {
        called.push(name);
        return rivers[name]();
      },
      { name, description: `Gives the ${name} of a river.`, schema: z.object({ river: z.string() }) },
    ),
  );
  return { agent: createAgent({ model: chat(fields), tools }), called };
}

const riverMessages = { messages: [{ role: 'user', content: riverPrompt }] };

const things = {
  'a whole answer': async () => {
    const message = await chat().invoke('/echo hello');
    assert.equal(message.text, 'hello');
    assert.ok(message.usage_metadata.total_tokens > 0);
  },

  'a streamed answer': async () => {
    let pieces = 0;
    let text = '';
    for await (const chunk of await chat({ streamUsage: true }).stream('/count 20')) {
      pieces++;
      text += chunk.text;
    }
    assert.ok(pieces > 2);
    assert.ok(text.includes('20'), text);
  },

  'an agent loop': async () => {
    const { agent, called } = riverAgent();
    const { messages } = await agent.invoke(riverMessages);
    assert.deepEqual(called.sort(), everyFunction);
    assert.ok(messages.at(-1).text.length > 0);
  },

  'an agent loop, streamed': async () => {
    const { agent, called } = riverAgent({ streaming: true });
    for await (const _ of await agent.stream(riverMessages, { streamMode: 'messages' }));
    assert.deepEqual(called.sort(), everyFunction);
  },

  'structured output': async () => {
    const schema = z.object({ name: z.string(), kilometres: z.number() });
    const river = await chat().withStructuredOutput(schema, { method: 'jsonSchema' }).invoke('Describe the Rhine.');
    assert.equal(typeof river.kilometres, 'number');
  },

  'errors by their types': async () => {
    const busy = await rejection(chat().invoke('/fail 429 after=1 hello'));
    assert.equal(busy.status, 429);
    const refused = await rejection(chat().invoke('/fail 400 hello'));
    assert.equal(refused.status, 400);
  },
};

if (useResponsesApi) {
  things['an agent loop, store: false with encrypted reasoning'] = async () => {
    // LangChain leaves out its own option `reasoning` for models whose names it does not know.
    const { agent, called } = riverAgent({
      zdrEnabled: true,
      modelKwargs: { reasoning: { effort: 'medium', summary: 'auto' }, include: ['reasoning.encrypted_content'] },
    });
    const { messages } = await agent.invoke(riverMessages);
    assert.deepEqual(called.sort(), everyFunction);
    assert.ok(JSON.stringify(messages).includes('encrypted_content'), 'no reasoning was encrypted');
  };

  things['continued by previous_response_id'] = async () => {
    const first = await chat().invoke('/echo one');
    const second = await chat().invoke('/echo two', { previous_response_id: first.response_metadata.id });
    assert.equal(second.text, 'two');
  };
}

await attempt(things);
