/** The sample services as real processes. */
package io.tcc.sample.order;
