package io.tcc.sample.order.notification;

import java.math.BigDecimal;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

@RestController
class PaymentController {

  private final Payments payments;

  PaymentController(Payments payments) {
    this.payments = payments;
  }

  /** Who pays how much. */
  record Payment(String customer, BigDecimal amount) {}

  @PutMapping("/payments/{paymentId}")
  Paid pay(@PathVariable String paymentId, @RequestBody Payment payment) {
    return payments.pay(paymentId, payment.customer(), payment.amount());
  }

  @ExceptionHandler
  ProblemDetail refused(IllegalArgumentException refusal) {
    return ProblemDetail.forStatusAndDetail(HttpStatus.CONFLICT, refusal.getMessage());
  }
}
