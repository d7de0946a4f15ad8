@NullMarked
package dev.rill.local.sqs;

import org.jspecify.annotations.NullMarked;
