package io.tcc.participant;

/** An order contradicts what is durable here: nothing was done, and repeating it cannot help. */
public class CompletionConflictException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  CompletionConflictException(String message) {
    super(message);
  }
}
