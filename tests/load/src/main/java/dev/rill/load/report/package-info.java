/** Tables, percentiles and progress for a terminal or a log. */
@NullMarked
package dev.rill.load.report;

import org.jspecify.annotations.NullMarked;
