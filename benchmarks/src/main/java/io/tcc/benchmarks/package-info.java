/** What a global transaction costs, against the same work written by hand. */
@NullMarked
package io.tcc.benchmarks;

import org.jspecify.annotations.NullMarked;
