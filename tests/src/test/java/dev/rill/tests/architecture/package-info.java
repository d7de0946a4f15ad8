/** Who may import whom. */
@NullMarked
package dev.rill.tests.architecture;

import org.jspecify.annotations.NullMarked;
