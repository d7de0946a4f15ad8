/** Port of the log: the header of a response, its lease, its events, and who subscribes to them. */
@NullMarked
package dev.rill.chat.log;

import org.jspecify.annotations.NullMarked;
