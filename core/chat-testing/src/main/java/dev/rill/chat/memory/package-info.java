/** The ports in memory, for tests: they pass the same contracts as the adapters on AWS. */
@NullMarked
package dev.rill.chat.memory;

import org.jspecify.annotations.NullMarked;
