/** A purchase by plain SQL on three databases: the cash and the ledger here, the shelf there. */
@NullMarked
package io.tcc.sample.order.twophase.databases;

import org.jspecify.annotations.NullMarked;
