package dev.rill.worker;

/**
 * One message of a batch that Lambda's poller has received.
 *
 * @param id the same for each delivery of the message
 * @param receiptHandle names this delivery; the queue's requests about the message take it
 * @param deliveries how often the queue has delivered the message, this delivery included
 */
public record BatchMessage(String id, String body, String receiptHandle, int deliveries) {}
