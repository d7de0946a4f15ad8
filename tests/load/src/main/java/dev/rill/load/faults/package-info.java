/**
 * Makes a running stack go wrong on purpose while hundreds ask, and checks afterwards that no answer was lost, doubled
 * or left hanging: as a client, over the wire, and by signals to processes.
 */
@NullMarked
package dev.rill.load.faults;

import org.jspecify.annotations.NullMarked;
