package io.tcc.architecture.planted.strangers.protocol.outbox;

import io.tcc.architecture.planted.strangers.protocol.tcc.Reservation;

public class GuiltyOutbox {
  void publish(Reservation reservation) {}
}
