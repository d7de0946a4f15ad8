@NullMarked
package dev.rill.load.report;

import org.jspecify.annotations.NullMarked;
