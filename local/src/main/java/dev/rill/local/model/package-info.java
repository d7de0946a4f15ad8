/** A model that needs no key: Open Responses over HTTP, with every way to go wrong on demand. */
@NullMarked
package dev.rill.local.model;

import org.jspecify.annotations.NullMarked;
