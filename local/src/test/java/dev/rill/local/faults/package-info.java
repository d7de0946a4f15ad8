@NullMarked
package dev.rill.local.faults;

import org.jspecify.annotations.NullMarked;
