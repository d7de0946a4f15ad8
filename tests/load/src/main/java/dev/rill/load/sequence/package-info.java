/** Checks the events of one answer: numbers without a gap, and one terminal event. */
@NullMarked
package dev.rill.load.sequence;

import org.jspecify.annotations.NullMarked;
