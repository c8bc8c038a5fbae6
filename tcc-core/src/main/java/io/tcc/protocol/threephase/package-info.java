/** CanCommit, PreCommit, DoCommit, Abort: the answers of 3PC to the engine's questions. */
@NullMarked
package io.tcc.protocol.threephase;

import org.jspecify.annotations.NullMarked;
