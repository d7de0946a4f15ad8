@NullMarked
package dev.rill.load.stack;

import org.jspecify.annotations.NullMarked;
