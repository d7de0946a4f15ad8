@NullMarked
package dev.rill.local;

import org.jspecify.annotations.NullMarked;
