@NullMarked
package dev.rill.load.faults.wire;

import org.jspecify.annotations.NullMarked;
