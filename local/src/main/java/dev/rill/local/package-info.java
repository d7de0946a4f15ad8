/** Rill on one machine: reads the template, starts the parts, and shows what they say. */
@NullMarked
package dev.rill.local;

import org.jspecify.annotations.NullMarked;
