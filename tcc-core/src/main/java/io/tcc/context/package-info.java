/** The transaction that the current thread works for. */
@NullMarked
package io.tcc.context;

import org.jspecify.annotations.NullMarked;
