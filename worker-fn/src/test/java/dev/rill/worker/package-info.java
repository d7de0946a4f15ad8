@NullMarked
package dev.rill.worker;

import org.jspecify.annotations.NullMarked;
