/** A simulated model: Open Responses over HTTP, without a key, with faults on command. */
@NullMarked
package dev.rill.local.model;

import org.jspecify.annotations.NullMarked;
