/** For the demo only: look at the log, and hold a request so that somebody can kill a process. */
@NullMarked
package io.tcc.sample.inventory.demo;

import org.jspecify.annotations.NullMarked;
