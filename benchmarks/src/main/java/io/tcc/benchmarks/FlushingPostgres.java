package io.tcc.benchmarks;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

/** PostgreSQL that flushes what it commits, as servers do that hold money. */
final class FlushingPostgres {

  private FlushingPostgres() {}

  static EmbeddedPostgres.Builder builder() {
    return EmbeddedPostgres.builder()
        .setServerConfig("fsync", "on")
        .setServerConfig("synchronous_commit", "on")
        .setServerConfig("full_page_writes", "on");
  }
}
