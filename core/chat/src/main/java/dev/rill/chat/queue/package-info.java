/** The ports between the functions: the queue of tasks, and the quota of queued and running responses. */
@NullMarked
package dev.rill.chat.queue;

import org.jspecify.annotations.NullMarked;
