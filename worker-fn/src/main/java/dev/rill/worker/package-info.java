/** worker-fn: answers queued tasks and sends the events to sockets. */
@NullMarked
package dev.rill.worker;

import org.jspecify.annotations.NullMarked;
