/** {@code rill clients}: runs the scripts of real clients, and tells what each of them can do. */
@NullMarked
package dev.rill.load.clients;

import org.jspecify.annotations.NullMarked;
