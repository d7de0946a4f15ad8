// A chat as `useChat` has it, without React: the hook adds nothing but the state of a component.
import { AbstractChat, DefaultChatTransport } from 'ai';
import { apiKey, model } from '../check.mjs';

/** The only address that a page needs. */
export const api = `${process.env.RILL_URL ?? 'http://localhost:3000'}/api/chat`;

export const headers = { authorization: `Bearer ${apiKey}` };

class State {
  status = 'ready';
  error = undefined;
  messages = [];
  pushMessage = (message) => this.replace([...this.messages, message]);
  popMessage = () => this.replace(this.messages.slice(0, -1));
  replaceMessage = (index, message) => this.replace(this.messages.with(index, this.snapshot(message)));
  snapshot = (thing) => structuredClone(thing);
  watchers = [];

  replace(messages) {
    this.messages = messages;
    this.watchers.splice(0).forEach((watch) => watch());
  }
}

export class Chat extends AbstractChat {
  /** @param options those of `useChat`, and `body` */
  constructor({ body, ...options }) {
    super({ transport: new DefaultChatTransport({ api, headers, body: { model, ...body } }), ...options, state: new State() });
  }

  /** The text of the assistant's last message. */
  get text() {
    return this.parts('text').map((part) => part.text).join('');
  }

  /** The parts of this type of the assistant's last message. */
  parts(type) {
    return (this.messages.findLast((message) => message.role === 'assistant')?.parts ?? []).filter((part) =>
      type.test ? type.test(part.type) : part.type === type,
    );
  }

  /** Waits until the messages are as `isSo` wants them. */
  async until(isSo) {
    while (!isSo(this)) await new Promise((resolve) => this.state.watchers.push(resolve));
  }
}

/** What a page adds to `stop()`, which ends the stream alone. */
export async function cancel(chat) {
  await chat.stop();
  const stopped = await fetch(`${api}/${encodeURIComponent(chat.id)}/stop`, { method: 'POST', headers });
  if (!stopped.ok) throw new Error(await stopped.text());
}
