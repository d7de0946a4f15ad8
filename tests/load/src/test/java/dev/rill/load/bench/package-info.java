@NullMarked
package dev.rill.load.bench;

import org.jspecify.annotations.NullMarked;
