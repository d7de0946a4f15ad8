package dev.rill.load.faults;

/** What a client does on purpose in the midst of an answer. */
sealed interface Act {

  /** Where it goes. */
  enum Way {
    /** On a socket. */
    SOCKET,
    /** Over HTTP. */
    HTTP
  }

  /** Cuts the line without a word, and goes on reading another way. */
  record Cut(Way onBy) implements Act {}

  /** Asks for the end of the answer. */
  record Stop(Way by) implements Act {}
}
