package io.tcc.benchmarks;

/** One update in each of two databases, as one transaction, in somebody's way of doing it. */
interface Transfer extends AutoCloseable {

  /** Takes a unit from one account, and gives one to another in the other database. */
  void run(int from, int to) throws Exception;

  @Override
  void close() throws Exception;
}
