package io.tcc.door;

import io.tcc.log.LocalSettings;
import java.lang.reflect.Method;
import java.util.Optional;
import java.util.function.Supplier;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.interceptor.TransactionAttribute;
import org.springframework.transaction.interceptor.TransactionAttributeSource;

/** What {@code @Transactional} says about methods, read as the application itself reads it. */
final class LocalAttributes {

  private final Supplier<TransactionAttributeSource> source;

  /**
   * @param source read at the first use, because it may belong to the application
   */
  LocalAttributes(Supplier<TransactionAttributeSource> source) {
    this.source = source;
  }

  /** The attributes of a method; none if it is not {@code @Transactional}. */
  Optional<TransactionAttribute> of(Method method, Class<?> type) {
    return Optional.ofNullable(source.get().getTransactionAttribute(method, type));
  }

  /** The isolation level of a method's local transaction. */
  int isolation(Method method, Class<?> type) {
    return of(method, type)
        .map(TransactionDefinition::getIsolationLevel)
        .orElse(LocalSettings.DEFAULT_ISOLATION);
  }
}
