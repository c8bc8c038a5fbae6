package io.tcc.transaction;

import java.time.Clock;

/**
 * This process, as one instance of its service.
 *
 * @param site the service and the log that all its instances share
 * @param name of this instance, unique among them; at most 100 characters
 * @param clock the log database's time, which all instances share
 * @param identifiers source of random identities
 */
public record Instance(Site site, String name, Clock clock, Identifiers identifiers) {}
