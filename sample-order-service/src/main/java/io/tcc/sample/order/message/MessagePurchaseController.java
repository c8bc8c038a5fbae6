package io.tcc.sample.order.message;

import io.tcc.protocol.message.BrokerException;
import org.springframework.context.annotation.Profile;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

@RestController
@Profile("rocketmq")
class MessagePurchaseController {

  private final MessagePurchases purchases;

  MessagePurchaseController(MessagePurchases purchases) {
    this.purchases = purchases;
  }

  /** What a customer wants. */
  record Purchase(String customer, String item, int quantity) {}

  @PostMapping("/message-purchases")
  MessagePurchases.PurchasePaid buy(@RequestBody Purchase purchase) {
    return purchases.buy(purchase.customer(), purchase.item(), purchase.quantity());
  }

  /** Nothing is paid: the broker did not take the message. */
  @ExceptionHandler
  ProblemDetail later(BrokerException away) {
    return ProblemDetail.forStatusAndDetail(
        HttpStatus.SERVICE_UNAVAILABLE, String.valueOf(away.getMessage()));
  }

  @ExceptionHandler
  ProblemDetail cannotPay(IllegalStateException refusal) {
    return ProblemDetail.forStatusAndDetail(
        HttpStatus.CONFLICT, String.valueOf(refusal.getMessage()));
  }
}
