/** Adapters in memory, for tests. They pass the same contracts as the adapters of AWS. */
@NullMarked
package dev.rill.chat.memory;

import org.jspecify.annotations.NullMarked;
