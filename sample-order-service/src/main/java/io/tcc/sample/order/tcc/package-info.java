/** A purchase by Try, Confirm, Cancel: a local branch on the account, a remote one on the stock. */
@NullMarked
package io.tcc.sample.order.tcc;

import org.jspecify.annotations.NullMarked;
