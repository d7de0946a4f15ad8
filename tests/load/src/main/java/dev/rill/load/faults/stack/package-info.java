/** The parts of the local stack that the suite controls or reads: fault control, queues, table and processes. */
@NullMarked
package dev.rill.load.faults.stack;

import org.jspecify.annotations.NullMarked;
