/** Try, Confirm, Cancel: the answers of TCC to the engine's questions. */
@NullMarked
package io.tcc.protocol.tcc;

import org.jspecify.annotations.NullMarked;
