/** Faults and counts of a running stack, and the HTTP control that sets and reads them. */
@NullMarked
package dev.rill.local.faults;

import org.jspecify.annotations.NullMarked;
