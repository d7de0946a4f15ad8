/** The wire format: requests, events, statuses, errors and the limits of a message. Contains no ports and no I/O. */
@NullMarked
package dev.rill.chat.protocol;

import org.jspecify.annotations.NullMarked;
