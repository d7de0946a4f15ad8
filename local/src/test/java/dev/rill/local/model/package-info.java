@NullMarked
package dev.rill.local.model;

import org.jspecify.annotations.NullMarked;
