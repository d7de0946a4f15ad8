@NullMarked
package dev.rill.operator;

import org.jspecify.annotations.NullMarked;
