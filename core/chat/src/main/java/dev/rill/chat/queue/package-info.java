/** The port of the queue of tasks, which is between the functions. */
@NullMarked
package dev.rill.chat.queue;

import org.jspecify.annotations.NullMarked;
