/** Two-phase commit: prepare and vote, then commit or roll back. */
@NullMarked
package io.tcc.protocol.twophase;

import org.jspecify.annotations.NullMarked;
