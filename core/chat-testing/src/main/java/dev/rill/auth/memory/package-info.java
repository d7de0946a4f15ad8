/** The ports of {@code core/auth} in memory, for tests within one process. */
@NullMarked
package dev.rill.auth.memory;

import org.jspecify.annotations.NullMarked;
