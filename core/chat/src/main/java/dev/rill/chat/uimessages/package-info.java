/**
 * The UI messages of Vercel's AI SDK in terms of Open Responses: the body that {@code useChat} sends is decoded, events
 * are encoded as the UI message stream v1. Nothing here waits, or reads or writes anything.
 */
@NullMarked
package dev.rill.chat.uimessages;

import org.jspecify.annotations.NullMarked;
