package io.tcc.protocol.twophase.jdbc;

import java.sql.Connection;

/** Takes a connection whose session has ended out of its pool, so that nobody gets it again. */
@FunctionalInterface
public interface Eviction {

  /** Takes it out; it may be closed once more later. */
  void evict(Connection pooled);
}
