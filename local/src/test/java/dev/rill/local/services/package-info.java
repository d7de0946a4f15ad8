@NullMarked
package dev.rill.local.services;

import org.jspecify.annotations.NullMarked;
