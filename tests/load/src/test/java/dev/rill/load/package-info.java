@NullMarked
package dev.rill.load;

import org.jspecify.annotations.NullMarked;
