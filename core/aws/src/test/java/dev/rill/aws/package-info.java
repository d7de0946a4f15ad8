/** The adapters against DynamoDB Local, ElasticMQ and scripted servers, by the SDK. */
@NullMarked
package dev.rill.aws;

import org.jspecify.annotations.NullMarked;
