@org.jspecify.annotations.NullMarked
package io.tcc.architecture.planted.nullmarked.log;
