package org.apache.kafka.planted;

/** Stands in for a broker's library, so that the rule about them needs none on the class path. */
public final class ProducerOfNoBroker {}
