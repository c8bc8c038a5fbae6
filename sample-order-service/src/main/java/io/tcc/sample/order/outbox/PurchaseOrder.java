package io.tcc.sample.order.outbox;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * An order as its row tells it.
 *
 * @param state PLACED, SHIPPED or REFUSED
 * @param reason why it was refused
 */
public record PurchaseOrder(
    String id, String customer, BigDecimal total, String state, @Nullable String reason) {}
