package io.tcc.architecture.planted.strangers.protocol.outbox;

import io.tcc.architecture.planted.strangers.participant.Branch;

public class InnocentOutbox {
  void publish(Branch branch) {}
}
