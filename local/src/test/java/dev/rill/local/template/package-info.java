@NullMarked
package dev.rill.local.template;

import org.jspecify.annotations.NullMarked;
