package io.tcc.architecture.planted.reach.annotation;

import io.tcc.architecture.planted.reach.log.Ledger;

public @interface GuiltyAnnotation {
  Class<? extends Ledger> value();
}
