/** Tests of the adapters with DynamoDB Local, ElasticMQ and scripted servers. */
@NullMarked
package dev.rill.aws;

import org.jspecify.annotations.NullMarked;
