@NullMarked
package dev.rill.load.faults;

import org.jspecify.annotations.NullMarked;
