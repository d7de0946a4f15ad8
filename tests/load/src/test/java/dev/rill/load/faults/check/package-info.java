@NullMarked
package dev.rill.load.faults.check;

import org.jspecify.annotations.NullMarked;
