/** The scenarios: what clients ask, which fault is injected, and how many answers may fail. */
@NullMarked
package dev.rill.load.faults.scenario;

import org.jspecify.annotations.NullMarked;
