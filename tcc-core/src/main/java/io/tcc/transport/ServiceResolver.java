package io.tcc.transport;

import java.net.URI;
import java.util.Optional;

/** Finds services that the configuration gives no url for, such as a discovery client. */
@FunctionalInterface
public interface ServiceResolver {

  /**
   * The base address of an instance of a service, now; empty if there is none. May answer
   * differently each time. It is asked before work is accepted, so it answers from memory.
   */
  Optional<URI> resolve(String service);
}
