/** What one client asks, and what it does while it is answered. */
@NullMarked
package dev.rill.load.faults.prompt;

import org.jspecify.annotations.NullMarked;
