/** A purchase by Prepare, Commit, Rollback: a wallet here, the stock there. */
@NullMarked
package io.tcc.sample.order.twophase.methods;

import org.jspecify.annotations.NullMarked;
