/** A purchase by CanCommit, PreCommit, DoCommit, Abort: a budget here, the stock there. */
@NullMarked
package io.tcc.sample.order.threephase;

import org.jspecify.annotations.NullMarked;
