package io.tcc.testing;

import java.util.List;

/**
 * A commit that makes something durable.
 *
 * @param number counts the durable commits of its {@link CountingDataSource}, from 1
 * @param statements the statements that wrote, in their order, each on one line
 */
public record Commit(int number, List<String> statements) {

  public Commit {
    statements = List.copyOf(statements);
  }

  @Override
  public String toString() {
    return number + ": " + String.join("; ", statements);
  }
}
