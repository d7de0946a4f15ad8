/** The port of the model: the stream of its events, and its kinds of failure. */
@NullMarked
package dev.rill.chat.model;

import org.jspecify.annotations.NullMarked;
