package dev.rill.chat.quota;

/** What is booked for a response that has ended, in place of its reservation. */
public record Settlement(Reservation reservation, Booking booking) {}
