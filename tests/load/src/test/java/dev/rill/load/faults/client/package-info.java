@NullMarked
package dev.rill.load.faults.client;

import org.jspecify.annotations.NullMarked;
