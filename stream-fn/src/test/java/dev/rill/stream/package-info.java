@NullMarked
package dev.rill.stream;

import org.jspecify.annotations.NullMarked;
