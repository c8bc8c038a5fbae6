package io.tcc.sample.order.notification;

import java.math.BigDecimal;

/** What the bookkeeper is told. */
public record Paid(String paymentId, String customer, BigDecimal amount) {}
