/** Whole stories of Rill on virtual time, each decided by one seed, and what must hold in all of them. */
@NullMarked
package dev.rill.simulation;

import org.jspecify.annotations.NullMarked;
