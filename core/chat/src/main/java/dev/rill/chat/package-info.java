/** The domain of Rill: the protocol's words, the flow of an answer, and the ports that it needs. */
@NullMarked
package dev.rill.chat;

import org.jspecify.annotations.NullMarked;
