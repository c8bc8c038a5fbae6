package io.tcc.door;

import io.tcc.annotation.Propagation;
import io.tcc.engine.Plan;

/** What a {@link io.tcc.annotation.GlobalTx} method asks for. */
record GlobalTxSpec(Plan plan, Propagation propagation) {}
