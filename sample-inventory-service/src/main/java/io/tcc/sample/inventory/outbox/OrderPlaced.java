package io.tcc.sample.inventory.outbox;

/** What the order service tells of an order. */
public record OrderPlaced(String orderId, String item, int quantity) {}
