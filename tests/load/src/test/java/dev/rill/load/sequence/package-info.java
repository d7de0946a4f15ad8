@NullMarked
package dev.rill.load.sequence;

import org.jspecify.annotations.NullMarked;
