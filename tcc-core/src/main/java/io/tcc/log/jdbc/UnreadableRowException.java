package io.tcc.log.jdbc;

import static java.util.stream.Collectors.joining;

import io.tcc.transaction.Abridged;
import java.util.List;

/** A row has text that nothing is known of, or lacks some; the message names the row. */
final class UnreadableRowException extends IllegalStateException {

  private static final long serialVersionUID = 1L;

  private final transient List<Object> key;

  UnreadableRowException(String table, List<Object> key, RuntimeException cause) {
    super(
        "Row "
            + key.stream().map(Object::toString).collect(joining("/"))
            + " of "
            + table
            + " is not readable: "
            + Abridged.text(String.valueOf(cause.getMessage()), 500),
        cause);
    this.key = key;
  }

  /** The values of the primary key's columns. */
  List<Object> key() {
    return key;
  }
}
