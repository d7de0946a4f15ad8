@NullMarked
package dev.rill.load.clients;

import org.jspecify.annotations.NullMarked;
