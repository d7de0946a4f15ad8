// `useChat` of the AI SDK with nothing but the URL: its chat and its transport, unchanged.
import { lastAssistantMessageIsCompleteWithToolCalls } from 'ai';
import { assert, attempt, everyFunction, parameters, riverPrompt, rivers } from '../check.mjs';
import { api, cancel, Chat, headers } from './chat.mjs';

const tools = everyFunction.map((name) => ({ type: 'function', name, parameters, strict: true }));
let number = 0;
const newId = () => `chat/${process.pid}-${Date.now()}-${number++}`;

/** A chat whose page executes the three functions. */
function riverChat(more) {
  const called = [];
  const chat = new Chat({
    id: newId(),
    body: { tools, ...more },
    sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls,
    onToolCall({ toolCall: { toolName: tool, toolCallId, input } }) {
      assert.equal(typeof input.river, 'string');
      called.push(tool);
      chat.addToolOutput({ tool, toolCallId, output: rivers[tool]() });
    },
  });
  return { chat, called };
}

/** Waits for the last answer of a chat that sends the outputs of its tools by itself. */
async function untilAnswered(chat) {
  await chat.until(() => chat.text.length > 0 || chat.error);
  while (chat.status !== 'ready' && chat.status !== 'error') await new Promise((resolve) => setTimeout(resolve, 20));
  if (chat.error) throw chat.error;
}

const things = {
  'an answer': async () => {
    let finished;
    const chat = new Chat({ id: newId(), onFinish: (end) => (finished = end) });
    await chat.sendMessage({ text: '/echo hello' });
    if (chat.error) throw chat.error;
    assert.equal(chat.status, 'ready');
    assert.equal(chat.text, 'hello');
    assert.match(chat.lastMessage.id, /^resp_/);
    assert.equal(finished.finishReason, 'stop');
    assert.equal(finished.isError || finished.isAbort || finished.isDisconnect, false);
  },

  'a second question, and another answer to it': async () => {
    const chat = new Chat({ id: newId() });
    await chat.sendMessage({ text: '/echo one' });
    await chat.sendMessage({ text: '/echo two' });
    assert.equal(chat.text, 'two');
    assert.equal(chat.messages.length, 4);
    await chat.regenerate();
    if (chat.error) throw chat.error;
    assert.equal(chat.text, 'two');
    assert.equal(chat.messages.length, 4);
  },

  'settings in the body': async () => {
    let finished;
    const chat = new Chat({ id: newId(), onFinish: (end) => (finished = end) });
    await chat.sendMessage({ text: 'Why do rivers bend?' }, { body: { max_output_tokens: 16, sessionId: { any: 'thing' } } });
    if (chat.error) throw chat.error;
    assert.equal(finished.finishReason, 'length');
  },

  'tools that the page executes': async () => {
    const { chat, called } = riverChat();
    await chat.sendMessage({ text: riverPrompt });
    await untilAnswered(chat);
    assert.deepEqual(called.sort(), everyFunction);
    assert.equal(chat.messages.length, 2, 'the answer continues the message with the calls');
    assert.ok(chat.parts(/^tool-/).every((part) => part.state === 'output-available'));
    return `${chat.parts('step-start').length} steps`;
  },

  'tools with encrypted reasoning, one after the other': async () => {
    const { chat, called } = riverChat({ reasoning: { effort: 'medium', summary: 'auto' }, parallel_tool_calls: false });
    await chat.sendMessage({ text: riverPrompt });
    await untilAnswered(chat);
    assert.deepEqual(called.sort(), everyFunction);
    const reasoning = chat.parts('reasoning');
    assert.ok(reasoning.some((part) => part.text.length > 0));
    const encrypted = reasoning.filter((part) => part.providerMetadata?.openai.reasoningEncryptedContent);
    // The server verifies what is played back; a forged one is refused.
    assert.ok(encrypted.length >= 3, `${encrypted.length} parts`);
    encrypted[0].providerMetadata.openai.reasoningEncryptedContent = 'forged';
    await chat.sendMessage({ text: '/echo on' });
    assert.match(chat.error?.message ?? '', /encrypted/i);
  },

  'an image': async () => {
    const url =
      'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    const chat = new Chat({ id: newId() });
    await chat.sendMessage({ text: 'What is this?', files: [{ type: 'file', mediaType: 'image/png', url }] });
    if (chat.error) throw chat.error;
    assert.ok(chat.text.length > 0);
  },

  'a page that is loaded again resumes the answer': async () => {
    const id = newId();
    const first = new Chat({ id });
    const sent = first.sendMessage({ text: '/slow 50 /count 60' });
    await first.until(() => first.text.length > 8);
    await first.stop();
    await sent;
    assert.ok(first.text.length < 100);

    const second = new Chat({ id, messages: [] });
    await second.resumeStream();
    if (second.error) throw second.error;
    assert.ok(second.text.startsWith(first.text));
    assert.ok(second.text.endsWith(' 60'), second.text);
    assert.equal(second.lastMessage.id, first.lastMessage.id);
  },

  'a second page reads along': async () => {
    const id = newId();
    const first = new Chat({ id });
    const sent = first.sendMessage({ text: '/slow 40 /count 30' });
    await first.until(() => first.text.length > 8);
    const second = new Chat({ id });
    await Promise.all([sent, second.resumeStream()]);
    assert.equal(second.text, first.text);
  },

  'an answer after tools is resumed with their message': async () => {
    const { chat, called } = riverChat();
    const sent = chat.sendMessage({ text: `${riverPrompt} /slow 60 /count 40` });
    await chat.until(() => chat.text.length > 8 || chat.error);
    if (chat.error) throw chat.error;
    const again = new Chat({ id: chat.id, onToolCall: () => called.push('again') });
    await again.resumeStream();
    if (again.error) throw again.error;
    await sent;
    await untilAnswered(chat);
    assert.deepEqual(again.parts(/^tool-/), chat.parts(/^tool-/));
    assert.equal(again.text, chat.text);
    assert.equal(again.lastMessage.id, chat.lastMessage.id);
    assert.deepEqual(called.sort(), everyFunction);
  },

  'nothing to resume is 204': async () => {
    const chat = new Chat({ id: newId() });
    await chat.resumeStream();
    assert.equal(chat.status, 'ready');
    assert.equal(chat.error, undefined);
    await chat.sendMessage({ text: '/echo hello' });
    const ended = await fetch(`${api}/${encodeURIComponent(chat.id)}/stream`, { headers });
    assert.equal(ended.status, 204);
  },

  'stop, wired to the server, cancels the answer': async () => {
    const id = newId();
    const chat = new Chat({ id });
    const sent = chat.sendMessage({ text: '/slow 100 /count 300' });
    await chat.until(() => chat.text.length > 8);
    const tab = new Chat({ id });
    const along = tab.resumeStream();
    await tab.until(() => tab.text.length > 0);
    await cancel(chat);
    await sent;
    assert.equal(chat.status, 'ready');
    // The other page's stream ends as well, and nothing is left to resume.
    await along;
    assert.equal(tab.status, 'ready');
    const left = await fetch(`${api}/${encodeURIComponent(id)}/stream`, { headers });
    assert.equal(left.status, 204);
  },

  'an error before the answer is text': async () => {
    const chat = new Chat({ id: newId() });
    await chat.sendMessage({ text: '/fail 429 after=1 hello' });
    assert.equal(chat.status, 'error');
    assert.equal(chat.error.statusCode, 429);
    assert.match(chat.error.message, /^[A-Z][^{}]+$/);
  },

  'an error amid the answer': async () => {
    const chat = new Chat({ id: newId() });
    await chat.sendMessage({ text: '/slow 5 /count 9 /break 5' });
    assert.equal(chat.status, 'error');
    assert.ok(chat.error.message.length > 0);
    assert.ok(chat.text.startsWith('1 2'));
    chat.clearError();
    await chat.sendMessage({ text: '/echo on' });
    assert.equal(chat.text, 'on');
  },

  'a body that is not JSON is refused in words': async () => {
    const refused = await fetch(`${api}`, { method: 'POST', body: '{', headers: { ...headers, 'content-type': 'application/json' } });
    assert.equal(refused.status, 400);
    assert.match(refused.headers.get('content-type'), /^text\/plain/);
  },
};

await attempt(things);
