/** What all commands know of a running stack: its addresses, and the simulated model's statistics. */
@NullMarked
package dev.rill.load.stack;

import org.jspecify.annotations.NullMarked;
