// A page with the AI SDK's useChat that talks to Rill alone: it resumes after a reload, and its stop button cancels.
// Needs: npm install ai@7 @ai-sdk/react@4 react@19. Use: <Chat api="https://.../api/chat" apiKey="rill_..." id="trip-1" />
import { useChat } from "@ai-sdk/react";
import { DefaultChatTransport } from "ai";
import { useMemo, useState } from "react";

export function Chat({ api, apiKey, id }) {
  const [input, setInput] = useState("");
  const headers = useMemo(() => ({ authorization: `Bearer ${apiKey}` }), [apiKey]);
  const transport = useMemo(() => new DefaultChatTransport({ api, headers }), [api, headers]);
  const chat = useChat({ id, transport, resume: true });
  const busy = chat.status === "submitted" || chat.status === "streaming";

  // The SDK's stop() only closes this page's stream, as a reload does. The request to Rill ends the answer.
  async function stop() {
    await chat.stop();
    await fetch(`${api}/${encodeURIComponent(id)}/stop`, { method: "POST", headers });
  }

  function send(event) {
    event.preventDefault();
    chat.sendMessage({ text: input });
    setInput("");
  }

  return (
    <form onSubmit={send}>
      {chat.messages.map((message) => (
        <p key={message.id}>
          <b>{message.role}: </b>
          {message.parts.map((part, i) => (part.type === "text" ? <span key={i}>{part.text}</span> : null))}
        </p>
      ))}
      {chat.error && <p role="alert">{chat.error.message}</p>}
      <input value={input} onChange={(event) => setInput(event.target.value)} disabled={busy} />
      <button type="button" onClick={stop} disabled={!busy}>Stop</button>
    </form>
  );
}
