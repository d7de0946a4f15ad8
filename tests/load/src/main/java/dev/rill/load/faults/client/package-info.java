/** Clients that repeat, resume and reconnect until their answer has ended. */
@NullMarked
package dev.rill.load.faults.client;

import org.jspecify.annotations.NullMarked;
