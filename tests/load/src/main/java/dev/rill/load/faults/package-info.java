/**
 * {@code rill faults}: injects faults into a running stack while hundreds of prompts are answered, and checks
 * afterwards that no answer was lost, doubled or left without an end. Uses the wire, and signals to processes.
 */
@NullMarked
package dev.rill.load.faults;

import org.jspecify.annotations.NullMarked;
