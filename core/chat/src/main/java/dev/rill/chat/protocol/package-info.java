/** The wire: requests, events, statuses, errors, and the limits of one message. No ports and no I/O. */
@NullMarked
package dev.rill.chat.protocol;

import org.jspecify.annotations.NullMarked;
