/** Ports between the functions: the queue of tasks, and the quota of responses that wait and run. */
@NullMarked
package dev.rill.chat.queue;

import org.jspecify.annotations.NullMarked;
