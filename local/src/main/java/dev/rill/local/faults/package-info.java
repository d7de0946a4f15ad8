/** Faults and counts of a running stack, and the HTTP control by which others set and read them. */
@NullMarked
package dev.rill.local.faults;

import org.jspecify.annotations.NullMarked;
