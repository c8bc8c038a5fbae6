/** Auto-configuration of the library for Spring Boot: beans, properties, failure analyses. */
@NullMarked
package io.tcc.boot;

import org.jspecify.annotations.NullMarked;
