package io.tcc.sample.order.outbox;

/** What the inventory is told of an order. */
public record OrderPlaced(String orderId, String item, int quantity) {}
