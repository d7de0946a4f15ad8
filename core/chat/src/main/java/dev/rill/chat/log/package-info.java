/** The port of the log: a response's header, lease, events and subscriptions. */
@NullMarked
package dev.rill.chat.log;

import org.jspecify.annotations.NullMarked;
