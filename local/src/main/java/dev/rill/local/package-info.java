/** Rill on one machine: reads the template, starts the services and functions, and shows their logs. */
@NullMarked
package dev.rill.local;

import org.jspecify.annotations.NullMarked;
