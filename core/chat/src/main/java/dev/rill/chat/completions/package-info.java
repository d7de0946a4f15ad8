/**
 * Chat Completions in terms of Open Responses: requests are decoded, events are encoded. Nothing here waits, or reads
 * or writes anything.
 */
@NullMarked
package dev.rill.chat.completions;

import org.jspecify.annotations.NullMarked;
