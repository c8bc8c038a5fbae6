package io.tcc.testing;

import java.util.Optional;

/** Where databases of one kind come from: an engine in this JVM, or a server process. */
sealed interface DatabaseSource permits H2Engine, DatabaseServer {

  /** What keeps this kind from running on this machine, if anything. */
  Optional<String> obstacle();

  /** A new, empty database; with {@code durable}, one that outlives the processes that use it. */
  Database create(TestDatabase kind, boolean durable);
}
